import type { Platform, RgbPixels } from '../../platform/contract.js'
import { asImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { ImageFile } from './formats/ImageFile.js'

/** Decodes by the browser, except formats that browsers do not decode exactly, or not at all. */
export async function decodeInPage(
  decode: NonNullable<Platform['decodeByBrowser']>,
  file: ImageFile,
): Promise<RgbImage> {
  const { data, width, height } = await pixelsOf(decode, file)
  return asImage(data, height, width)
}

async function pixelsOf(decode: NonNullable<Platform['decodeByBrowser']>, file: ImageFile): Promise<RgbPixels> {
  const { width, height, format, onlySharp } = file
  if (format === 'tiff' && onlySharp) throw new Error(`${onlySharp} is not decoded in the browser`)
  if (format === 'tiff') {
    const { decodeTiff } = await import('./formats/decodeTiff.js')
    return { data: await decodeTiff(file), width, height }
  }
  if (format === 'png' && needsOurs(file)) {
    const { decodePng } = await import('./formats/decodePng.js')
    return { data: await decodePng(file), width, height }
  }
  return decode(file.pixelsAlone?.() ?? file.bytes, `image/${format}`)
}

const [GREY_ALPHA, RGB_ALPHA] = [4, 6]

/** Tells whether a PNG has alpha, by which browsers multiply colours, or 16 bits, which they round. */
const needsOurs = ({ bytes }: ImageFile): boolean =>
  bytes[24] === 16 || bytes[25] === GREY_ALPHA || bytes[25] === RGB_ALPHA
