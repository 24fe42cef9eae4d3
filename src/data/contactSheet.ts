import * as z from 'zod'
import { encodeImage } from '#platform'
import { checkArgument, isListOf, type Kind } from '../arguments.js'
import { baseError } from '../errors.js'
import { checkOptions } from '../options.js'
import { resizeImage } from '../transforms/resize.js'
import { contiguousImage, heightOf, isImage, type RgbImage, widthOf } from '../transforms/rgbImage.js'
import { type ImageDataset, readSample } from './dataset/dataset.js'
import { datasetSchema } from './dataset/datasetSchema.js'
import { type DecodeOptions, decodeImage, decodeSchema } from './decode/decodeImage.js'
import { mapAtMost } from './loader/mapAtMost.js'

/** The number of images that are decoded at a time. */
const AT_ONCE = 8

export interface ContactSheetOptions {
  /** The number of images in a row. @default 8 */
  columns?: number | undefined
  /** The side of an image's square in pixels; the image is scaled to fit into it. @default 128 */
  size?: number | undefined
  /** The width in pixels of the white gap between images and around them. @default 4 */
  gap?: number | undefined
}

const schema = z.strictObject({
  columns: z.number().int().positive().default(8),
  size: z.number().int().positive().default(128),
  gap: z.number().int().min(0).default(4),
})

/**
 * Arranges images in rows on one white sheet and returns it as the bytes of a PNG file.
 * @throws FineTuneError 'options/invalid'
 */
export async function contactSheet(
  images: readonly RgbImage[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  checkArgument('contactSheet: images', images, imagesKind)
  const { columns, size, gap } = checkOptions(schema, options, 'contactSheet')
  const rows = Math.max(Math.ceil(images.length / columns), 1)
  const width = columns * (size + gap) + gap
  const height = rows * (size + gap) + gap
  demandFew(width * height, columns)
  const rgba = new Uint8Array(width * height * 4).fill(255)
  for (const [i, image] of images.entries()) {
    const fitted = contiguousImage(scaledTo(image, size))
    const left = gap + (i % columns) * (size + gap) + Math.floor((size - widthOf(fitted)) / 2)
    const top = gap + Math.floor(i / columns) * (size + gap) + Math.floor((size - heightOf(fitted)) / 2)
    paint(fitted, rgba, width, top, left)
  }
  return encodeImage({ data: rgba, width, height }, 'image/png')
}

/**
 * Decodes images of a dataset by index, for a contact sheet. The lesson's sheet, first eight and last eight:
 *
 *     await contactSheet(await pick(dataset, [...Array(8).keys(), ...Array.from({ length: 8 }, (_, i) => -1 - i)]))
 *
 * @param indices negative ones count from the end, -1 being the last sample
 * @throws FineTuneError 'options/invalid', 'data/unreadable', 'data/too-many-pixels', 'data/no-sharp',
 *   'data/no-decoder', 'data/too-many-files'
 */
export async function pickSamples(
  dataset: ImageDataset,
  indices: readonly number[],
  options: Pick<DecodeOptions, 'decoder' | 'maxPixels' | 'autoOrient'> = {},
): Promise<RgbImage[]> {
  checkOptions(datasetSchema, dataset, 'pickSamples: dataset')
  checkOptions(decodeSchema.omit({ source: true }), options, 'pickSamples')
  const { length } = dataset.samples
  const inside = z.array(z.number().int().min(-length).lt(length))
  const checked = checkOptions(inside, indices, 'pickSamples: indices')
  return mapAtMost(AT_ONCE, checked, async (index) => {
    const at = index < 0 ? length + index : index
    return decodeImage(await readSample(dataset, at), { ...options, source: dataset.samples[at]!.source })
  })
}

const imagesKind: Kind = { expected: 'a list of images', is: (value) => isListOf(value, isImage) }

/** The most pixels of a sheet: a gigabyte of memory. */
const MOST_PIXELS = 2 ** 28

function demandFew(pixels: number, columns: number): void {
  if (pixels <= MOST_PIXELS) return
  const expected = `so few, and size so small, that a sheet has no more than ${MOST_PIXELS} pixels`
  throw baseError('options/invalid', { option: 'contactSheet: columns', received: columns, expected })
}

/** Returns the dimensions scaled so that the longer side becomes `size`. */
export function scaledTo(image: RgbImage, size: number): RgbImage {
  const longer = Math.max(heightOf(image), widthOf(image))
  const scaled = (side: number) => Math.max(Math.round((side * size) / longer), 1)
  return resizeImage(image, scaled(heightOf(image)), scaled(widthOf(image)))
}

function paint(image: RgbImage, rgba: Uint8Array, sheetWidth: number, top: number, left: number): void {
  const [height, width] = [heightOf(image), widthOf(image)]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3
      rgba.set(image.data.subarray(from, from + 3), ((top + y) * sheetWidth + left + x) * 4)
    }
}
