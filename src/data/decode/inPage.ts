import type { Platform } from '../../platform/contract.js'
import { asImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { ImageFile } from './formats/ImageFile.js'
import { withPixelsAlone } from './formats/pngPixels.js'

/** Decodes by the browser, without EXIF data by which it would rotate a photograph. */
export async function decodeInPage(
  decode: NonNullable<Platform['decodeByBrowser']>,
  file: ImageFile,
): Promise<RgbImage> {
  const bytes = file.format === 'png' ? await withPixelsAlone(file) : (file.pixelsAlone?.() ?? file.bytes)
  const { data, width, height } = await decode(bytes, `image/${file.format}`)
  return asImage(data, height, width)
}
