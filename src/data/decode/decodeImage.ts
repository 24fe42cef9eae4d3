import * as z from 'zod'
import { decodeByBrowser, importJimp, importSharp } from '#platform'
import { checkArgument, kinds } from '../../arguments.js'
import { isFineTuneError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import { exifTranspose } from '../../transforms/exifTranspose.js'
import { heightOf, type RgbImage, widthOf } from '../../transforms/rgbImage.js'
import { dataError } from '../errors.js'
import { type Orientation, swapsSides } from './formats/exif.js'
import type { ImageFile } from './formats/ImageFile.js'
import { decodeInPage } from './inPage.js'

/**
 * The decoder. 'auto': in Node sharp if it is installed, else jimp; in the browser its own, which is the only one
 * there. 'sharp' requires sharp. sharp and Chromium make the same pixels of a JPEG, jimp's differ by some grey levels.
 * BMP is decoded by jimp in Node, since sharp does not read it.
 */
export type Decoder = 'auto' | 'sharp' | 'jimp'

export interface DecodeOptions {
  /** The decoder. @default 'auto' */
  decoder?: Decoder | undefined
  /**
   * The most pixels: larger images are refused before they are decoded. The default is Pillow's limit.
   * @default 89478485
   */
  maxPixels?: number | undefined
  /** True if an image is rotated or mirrored according to its EXIF orientation, like in every viewer. @default true */
  autoOrient?: boolean | undefined
  /** The name of the image in errors. @default 'given as bytes' */
  source?: string | undefined
}

export const decoderSchema = z.enum(['auto', 'sharp', 'jimp']).default('auto')
export const maxPixelsSchema = z.number().int().positive().default(89_478_485)
export const autoOrientSchema = z.boolean().default(true)
export const decodeSchema = z.strictObject({
  decoder: decoderSchema,
  maxPixels: maxPixelsSchema,
  autoOrient: autoOrientSchema,
  source: z.string().default('given as bytes'),
})

/**
 * Decodes an image (JPEG, PNG, GIF, BMP, TIFF; with sharp and in the browser also WebP) to the pixels that Pillow's
 * `convert('RGB')` gives: grey is repeated, palettes are looked up, alpha is dropped, CMYK is (1 - ink)(1 - black),
 * 16-bit colour keeps its high byte, 16-bit grey is clipped at 255; colour profiles are not applied. Of several images
 * in a file it is the first.
 *
 * The EXIF orientation is applied unless `autoOrient` is false: that of a JPEG's EXIF segment, of the eXIf chunk of a
 * PNG, of the EXIF chunk of a WebP, of the first directory of a TIFF. Height and width are those of the oriented
 * image.
 *
 * Every decoder accepts the same files: each file is validated first, by the rules in docs/images.md. It must be
 * complete and must not contradict itself; data after its end is ignored.
 *
 * @returns [height, width, 3], contiguous
 * @throws FineTuneError 'data/unreadable' (not an image, damaged, truncated, contradictory, or readable only by
 *   sharp), 'data/too-many-pixels', 'data/no-sharp', 'data/no-jimp' (in the browser), 'data/no-decoder',
 *   'options/invalid'
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<RgbImage> {
  checkArgument('decodeImage: bytes', bytes, kinds.bytes)
  return (await decodeFile(bytes, options)).image
}

/** Decodes an image file; returns the pixels and the file's properties. */
export async function decodeFile(
  bytes: Uint8Array,
  options: DecodeOptions,
): Promise<{ readonly image: RgbImage; readonly file: ImageFile }> {
  const { decoder, maxPixels, autoOrient, source } = checkOptions(decodeSchema, options, 'decodeImage')
  const blamed = async <T>(work: () => T): Promise<Awaited<T>> => {
    try {
      return await work()
    } catch (cause) {
      if (isFineTuneError(cause)) throw cause
      throw dataError('data/unreadable', { source, problem: firstLine(cause) }, { cause })
    }
  }
  // A page loads the checks of all formats when it decodes.
  const { inspect } = await import('./inspect.js')
  const file = await blamed(() => inspect(bytes))
  const orientation = autoOrient ? file.orientation : 1
  demandFewer(file, orientation, maxPixels, source)
  const decode = await loadDecoder(decoder, file)
  return blamed(async () => {
    await file.checkPixels?.()
    return { image: exifTranspose(complete(await decode(file), file), orientation), file }
  })
}

/**
 * Loads the decoder for such a file, and the code that a page with its own decoder does without. If it cannot be loaded,
 * that is not the file's fault.
 */
async function loadDecoder(decoder: Decoder, { format, onlySharp }: ImageFile) {
  if (decodeByBrowser && decoder === 'auto') return (file: ImageFile) => decodeInPage(decodeByBrowser!, file)
  const sharp = decoder === 'jimp' ? undefined : await loaded('sharp', importSharp)
  if (decoder === 'sharp' && !sharp) throw dataError('data/no-sharp', {})
  if (sharp && format !== 'bmp') {
    const { decodeBySharp } = await import('./sharp.js')
    return (file: ImageFile) => decodeBySharp(sharp, file)
  }
  if (onlySharp)
    return () => Promise.reject(new Error(`${onlySharp} needs sharp, which is not in use (npm install sharp)`))
  const jimp = await loaded('jimp', importJimp)
  if (!jimp) throw dataError('data/no-jimp', {})
  const { decodeByJimp } = await import('./jimp.js')
  return (file: ImageFile) => decodeByJimp(jimp, file)
}

const loaded = <T>(decoder: string, load: () => Promise<T>): Promise<T> =>
  load().catch((cause) => {
    throw dataError('data/no-decoder', { decoder, problem: firstLine(cause) }, { cause })
  })

function demandFewer(file: ImageFile, orientation: Orientation, limit: number, source: string): void {
  const [width, height] = swapsSides(orientation) ? [file.height, file.width] : [file.width, file.height]
  if (width * height > limit) throw dataError('data/too-many-pixels', { source, width, height, limit })
}

function complete(image: RgbImage, { width, height }: ImageFile): RgbImage {
  const [expected, received] = [height * width * 3, image.data.length]
  if (heightOf(image) === height && widthOf(image) === width && received === expected) return image
  throw new Error(`it has ${widthOf(image)} x ${heightOf(image)} pixels instead of ${width} x ${height}`)
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!
