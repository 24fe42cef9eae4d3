import { digest } from '../../../io/download/digest.js'
import { heightOf, type Picture, widthOf } from '../../../transforms/picture.js'
import { type DecodeOptions, decodeFile } from '../../decode/decodePicture.js'
import type { PictureFile } from '../../decode/formats/PictureFile.js'
import { type Look, lookOf } from './perceptualHash.js'

/** 'grey': all pixels are grey, however they are stored. */
export type PictureColour = 'grey' | 'colour' | 'cmyk' | 'grey-16' | 'colour-16'

/** What is found out about one picture that can be read: plain data. */
export interface PictureFacts extends Look {
  readonly width: number
  readonly height: number
  readonly format: PictureFile['format']
  readonly colour: PictureColour
  readonly turned: boolean
  /** SHA-256 of the file, and of size and pixels. */
  readonly fileDigest: string
  readonly pixelDigest: string
}

export type InspectSettings = Required<Pick<DecodeOptions, 'decoder' | 'maxPixels' | 'autoOrient'>>

/** @throws FineTuneError 'data/unreadable', 'data/too-many-pixels', 'data/no-sharp' */
export async function lookAt(bytes: Uint8Array, settings: InspectSettings, source: string): Promise<PictureFacts> {
  const { picture, file } = await decodeFile(bytes, { ...settings, source })
  const size = `${heightOf(picture)} ${widthOf(picture)}`
  return {
    width: widthOf(picture),
    height: heightOf(picture),
    format: file.format,
    colour: file.samples ?? (isGrey(picture) ? 'grey' : 'colour'),
    turned: file.orientation !== 1,
    fileDigest: await digest('SHA-256', bytes),
    pixelDigest: `${size} ${await digest('SHA-256', picture.data)}`,
    ...lookOf(picture),
  }
}

function isGrey({ data }: Picture): boolean {
  for (let at = 0; at < data.length; at += 3) if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false
  return true
}
