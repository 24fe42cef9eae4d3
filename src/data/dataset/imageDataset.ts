import * as z from 'zod'
import { isPageImage, readPageImage } from '#platform'
import { kinds } from '../../arguments.js'
import { baseError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import type { PageImage } from '../../platform/pageImage.js'
import { asImage, contiguousImage, isImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { ImageDataset } from './dataset.js'
import { byCodePoint } from './folderRules.js'

/** An image in memory, and its class. */
export interface LabelledImage {
  /**
   * The bytes of an image file, a `Blob` or `File` of them, or pixels, which need no decoding: an ndarray [height,
   * width, 3]; in the browser also ImageData, ImageBitmap, a canvas, an `<img>`, a video or a VideoFrame.
   */
  readonly image: Uint8Array | Blob | RgbImage | PageImage
  /** The name of the class, or its index in `classes`. */
  readonly label: string | number
  /** The name of the image, in errors and reports. Default: that of a File, or 'image 1', 'image 2', ... */
  readonly key?: string | undefined
}

export interface ImageDatasetOptions {
  /** The names of the classes, in the order of the labels. Default: those of the samples, sorted. */
  readonly classes?: readonly string[] | undefined
}

const isSource = (value: unknown): boolean =>
  kinds.bytes.is(value) || value instanceof Blob || isImage(value) || isPageImage(value)
const samplesSchema = z
  .array(
    z.strictObject({
      image: z.custom<LabelledImage['image']>(isSource, 'the bytes of an image file, a Blob, or pixels'),
      label: z.union([z.string(), z.int().min(0)], 'the name of a class, or its index'),
      key: z.string().min(1).optional(),
    }),
  )
  .min(1)
const schema = z.strictObject({ classes: z.array(z.string()).min(1).optional() })

/**
 * Makes a dataset of images in memory. Pixels are not decoded, and not copied until they are loaded; but those of a
 * canvas, of a video or of another element are copied in the call, since it may show something else later.
 *
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts
 * import { imageDataset, rgbImage } from 'onnx-finetune'
 *
 * const red = rgbImage(new Uint8Array(64 * 64 * 3).map((_, i) => (i % 3 === 0 ? 200 : 20)), 64, 64)
 * const grey = rgbImage(new Uint8Array(64 * 64 * 3).fill(90), 64, 64)
 * const dataset = imageDataset([
 *   { image: red, label: 'red' },
 *   { image: grey, label: 'grey' },
 * ])
 * ```
 */
export function imageDataset(samples: readonly LabelledImage[], options: ImageDatasetOptions = {}): ImageDataset {
  const checked = checkOptions(samplesSchema, samples, 'imageDataset: samples')
  const { classes = namesOf(checked) } = checkOptions(schema, options, 'imageDataset')
  const contents = checked.map(({ image }) => contentOf(image))
  return {
    classes,
    samples: checked.map(({ image, label, key }, i) => ({
      source: key ?? (nameOf(image) || `image ${i + 1}`),
      label: indexOf(label, classes, i),
    })),
    read: async (index) => bytesOf(contents[index]!),
    image: async (index) => pixelsOf(contents[index]!),
  }
}

type Content = Uint8Array | Blob | RgbImage | PageImage | Promise<RgbImage>

/** Returns what is kept of an image: a copy of what an element shows, or the image itself. */
function contentOf(image: LabelledImage['image']): Content {
  if (!isPageImage(image)) return image
  const pixels = readPageImage(image).then(({ data, width, height }) => asImage(data, height, width))
  pixels.catch(() => {}) // thrown where it is loaded
  return pixels
}

const bytesOf = async (content: Content): Promise<Uint8Array> =>
  content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : (content as Uint8Array)

async function pixelsOf(content: Content): Promise<RgbImage | undefined> {
  if (content instanceof Uint8Array || content instanceof Blob) return undefined
  const image = await (content as RgbImage | Promise<RgbImage>)
  return image.data instanceof Uint8Array ? image : contiguousImage(image)
}

const nameOf = (image: LabelledImage['image']): string | undefined =>
  'name' in image && typeof image.name === 'string' ? image.name : undefined

function namesOf(samples: readonly Pick<LabelledImage, 'label'>[]): string[] {
  const labels = samples.map(({ label }) => label)
  const index = labels.findIndex((label) => typeof label === 'number')
  if (index >= 0)
    throw baseError('options/invalid', {
      option: `imageDataset: samples: ${index}.label`,
      received: labels[index],
      expected: 'the name of a class, as classes are not given',
    })
  return [...new Set(labels as string[])].sort(byCodePoint)
}

function indexOf(label: string | number, classes: readonly string[], sample: number): number {
  const index = typeof label === 'number' ? label : classes.indexOf(label)
  if (index >= 0 && index < classes.length) return index
  const expected = typeof label === 'number' ? `below ${classes.length}, the number of classes` : 'one of the classes'
  throw baseError('options/invalid', { option: `imageDataset: samples: ${sample}.label`, received: label, expected })
}
