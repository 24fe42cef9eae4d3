import { z } from 'zod'
import { importSharp } from '#platform'
import { FineTuneError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import { heightOf, type Picture, widthOf } from '../../transforms/picture.js'
import { type Header, readHeader } from './header.js'
import { decodeByJimp } from './jimp.js'
import { decodeBySharp, sharpReads } from './sharp.js'

/**
 * 'auto': sharp where it is installed, else jimp. 'sharp' demands it. Their pixels of a JPEG differ by some grey levels.
 * Formats that sharp does not read as Pillow does (BMP, CMYK JPEG, 16-bit grey) go to jimp in any case.
 */
export type Decoder = 'auto' | 'sharp' | 'jimp'

export interface DecodeOptions {
  /** Default 'auto'. */
  decoder?: Decoder | undefined
  /** Pictures of more pixels are refused before they are decoded. Default 89478485, Pillow's limit. */
  maxPixels?: number | undefined
  /** What errors call the picture. Default 'given as bytes'. */
  source?: string | undefined
}

export const decoderSchema = z.enum(['auto', 'sharp', 'jimp']).default('auto')
export const maxPixelsSchema = z.number().int().positive().default(89_478_485)
const schema = z.strictObject({
  decoder: decoderSchema,
  maxPixels: maxPixelsSchema,
  source: z.string().default('given as bytes'),
})

/**
 * The pixels of an encoded picture (JPEG, PNG, GIF, BMP, TIFF; with sharp also WebP) as Pillow's `convert('RGB')` gives
 * them: grey is repeated, palettes are looked up, alpha is dropped, CMYK is (1 - ink)(1 - black), 16-bit colour keeps its
 * high byte, 16-bit grey is clipped at 255. EXIF orientation and colour profiles are not applied.
 * @throws FineTuneError 'data/unreadable' no picture, damaged or cut off; 'data/too-many-pixels'; 'data/no-sharp'; 'options/invalid'
 */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  const { decoder, maxPixels, source } = checkOptions(schema, options, 'decodePicture')
  const header = readHeader(bytes)
  if (!header) throw new FineTuneError('data/unreadable', { source, problem: 'it is in no known picture format' })
  demandFewer(header.width, header.height, maxPixels, source)
  const sharp = decoder === 'jimp' ? undefined : await importSharp()
  if (decoder === 'sharp' && !sharp) throw new FineTuneError('data/no-sharp', {})
  try {
    const decoded = await (sharp && sharpReads(header) ? decodeBySharp(sharp, bytes, maxPixels) : byJimp(bytes, header))
    return complete(decoded)
  } catch (cause) {
    throw new FineTuneError('data/unreadable', { source, problem: firstLine(cause) }, { cause })
  }
}

function demandFewer(width: number, height: number, limit: number, source: string): void {
  if (width * height > limit) throw new FineTuneError('data/too-many-pixels', { source, width, height, limit })
}

function byJimp(bytes: Uint8Array, header: Header): Promise<Picture> {
  if (header.format === 'webp') throw new Error('WebP needs sharp, which is not in use (npm install sharp)')
  return decodeByJimp(bytes, header)
}

function complete(image: Picture): Picture {
  const expected = heightOf(image) * widthOf(image) * 3
  if (expected > 0 && image.data.length === expected) return image
  throw new Error(`${image.data.length} bytes of pixels instead of ${expected}`)
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!
