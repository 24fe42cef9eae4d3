import type { Jimp } from '../../platform/contract.js'
import { asImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { ImageFile } from './formats/ImageFile.js'
import { withPixelsAlone } from './formats/pngPixels.js'

/**
 * Decodes by jimp (JavaScript, anywhere), without EXIF data by which it would rotate a photograph. It upsamples the
 * colour of a JPEG by repeating pixels where libjpeg interpolates, so edges differ from sharp's by some grey levels.
 */
export async function decodeByJimp({ Jimp }: Jimp, file: ImageFile): Promise<RgbImage> {
  const isDeep = file.samples === 'grey-16' || file.samples === 'colour-16'
  const options = {
    'image/jpeg': { ...jpegLimits(file), ...(file.isYCbCr !== undefined && { colorTransform: file.isYCbCr }) },
    'image/png': { skipRescale: isDeep },
  }
  const bytes = file.format === 'png' ? await withPixelsAlone(file) : (file.pixelsAlone?.() ?? file.bytes)
  const { bitmap } = await Jimp.fromBuffer(new Uint8Array(bytes).buffer, options)
  const toByte = file.samples === 'grey-16' ? clipped : isDeep ? highByte : asIs
  return asImage(rgb(bitmap.data, toByte), bitmap.height, bitmap.width)
}

/**
 * Returns the limits that jpeg-js needs for an image of the validated size: tables, coefficients, samples and pixels.
 */
function jpegLimits({ width, height, bytes }: ImageFile) {
  const samples = 4 * (width + 31) * (height + 31)
  return {
    maxResolutionInMP: (width * height + 1) / 1e6,
    maxMemoryUsageInMB: (6 * samples + 4 * width * height + 5 * bytes.length) / 2 ** 20 + 1,
  }
}

const asIs = (value: number): number => value
const highByte = (value: number): number => value >> 8
/** Clips 16-bit grey: Pillow opens it as mode I;16, whose convert('RGB') clips at 255 instead of scaling. */
const clipped = (value: number): number => Math.min(value, 255)

function rgb(rgba: ArrayLike<number>, toByte: (value: number) => number): Uint8Array {
  const result = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    result[to++] = toByte(rgba[from]!)
    result[to++] = toByte(rgba[from + 1]!)
    result[to++] = toByte(rgba[from + 2]!)
  }
  return result
}
