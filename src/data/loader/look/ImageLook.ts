import { digest } from '../../../io/download/digest.js'
import { contiguousImage, heightOf, type RgbImage, widthOf } from '../../../transforms/rgbImage.js'
import { type DecodeOptions, decodeFile } from '../../decode/decodeImage.js'
import type { ImageFile } from '../../decode/formats/ImageFile.js'
import { type Look, lookOf } from './perceptualHash.js'

/** The colour of an image; 'grey': all pixels are grey, in any storage format. */
export type ImageColour = 'grey' | 'colour' | 'cmyk' | 'grey-16' | 'colour-16'

/** The format of a file; 'pixels': an image that a dataset has decoded. */
export type ImageFormat = ImageFile['format'] | 'pixels'

/** The facts about one readable image, as plain data. */
export interface ImageInfo extends Look {
  readonly width: number
  readonly height: number
  readonly format: ImageFormat
  readonly colour: ImageColour
  readonly reoriented: boolean
  /** The SHA-256 digest of the file, and of size and pixels. */
  readonly fileDigest: string
  readonly pixelDigest: string
}

export type InspectSettings = Required<Pick<DecodeOptions, 'decoder' | 'maxPixels' | 'autoOrient'>>

/**
 * Inspects an image.
 *
 * @throws FineTuneError 'data/unreadable', 'data/too-many-pixels', 'data/no-sharp'
 */
export async function lookAt(
  content: RgbImage | Uint8Array,
  settings: InspectSettings,
  source: string,
): Promise<ImageInfo> {
  if (!(content instanceof Uint8Array)) return lookAtPixels(contiguousImage(content))
  const { image, file } = await decodeFile(content, { ...settings, source })
  const seen = await lookAtPixels(image)
  return {
    ...seen,
    format: file.format,
    colour: file.samples ?? seen.colour,
    reoriented: file.orientation !== 1,
    fileDigest: await digest('SHA-256', content),
  }
}

async function lookAtPixels(image: RgbImage): Promise<ImageInfo> {
  const pixelDigest = `${heightOf(image)} ${widthOf(image)} ${await digest('SHA-256', image.data)}`
  return {
    width: widthOf(image),
    height: heightOf(image),
    format: 'pixels',
    colour: isGrey(image) ? 'grey' : 'colour',
    reoriented: false,
    fileDigest: pixelDigest,
    pixelDigest,
    ...lookOf(image),
  }
}

function isGrey({ data }: RgbImage): boolean {
  for (let at = 0; at < data.length; at += 3) if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false
  return true
}
