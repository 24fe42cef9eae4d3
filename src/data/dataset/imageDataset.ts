import * as z from 'zod'
import { isPageImage, readPageImage } from '#platform'
import { kinds } from '../../arguments.js'
import { baseError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import type { PageImage } from '../../platform/pageImage.js'
import { asImage, contiguousImage, isImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { ImageDataset } from './dataset.js'
import { classesOf, type NamedTargets } from './namedTargets.js'

/** An image in memory, and its class. */
export interface LabelledImage {
  /**
   * The bytes of an image file, a `Blob` or `File` of them, or pixels, which need no decoding: an ndarray [height,
   * width, 3]; in the browser also ImageData, ImageBitmap, a canvas, an `<img>`, a video or a VideoFrame.
   */
  readonly image: Uint8Array | Blob | RgbImage | PageImage
  /** The name of the class, or its index in `classes`. Left out where there are `labels` or `values`. */
  readonly label?: string | number | undefined
  /** The names or indices of all its classes, any number of them, for a model of several labels an image. */
  readonly labels?: readonly (string | number)[] | undefined
  /** The numbers to predict, one for each name in `classes`, for regression. */
  readonly values?: readonly number[] | undefined
  /** The name of the image, in errors and reports. Default: that of a File, or 'image 1', 'image 2', ... */
  readonly key?: string | undefined
}

export interface ImageDatasetOptions {
  /** The names of the classes, in the order of the labels. Default: those of the samples, sorted. */
  readonly classes?: readonly string[] | undefined
}

const isSource = (value: unknown): boolean =>
  kinds.bytes.is(value) || value instanceof Blob || isImage(value) || isPageImage(value)
const label = z.union([z.string(), z.int().min(0)], 'the name of a class, or its index')
const samplesSchema = z
  .array(
    z.strictObject({
      image: z.custom<LabelledImage['image']>(isSource, 'the bytes of an image file, a Blob, or pixels'),
      label: label.optional(),
      labels: z.array(label).optional(),
      values: z.array(z.number()).min(1).optional(),
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
  demandOneTarget(checked)
  const { classes = namesOf(checked) } = checkOptions(schema, options, 'imageDataset')
  const contents = checked.map(({ image }) => contentOf(image))
  return {
    classes,
    samples: checked.map(({ image, key, ...targets }, i) => ({
      source: key ?? (nameOf(image) || `image ${i + 1}`),
      ...targetsOf(targets, classes, i),
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

type Targets = Pick<LabelledImage, 'label' | 'labels' | 'values'>

const invalid = (sample: number, target: string, received: unknown, expected: string) =>
  baseError('options/invalid', { option: `imageDataset: samples: ${sample}.${target}`, received, expected })

/** Checks that each sample has either a label, labels or values, and all the same of them. */
function demandOneTarget(samples: readonly Targets[]): void {
  const kindsOf = ({ label, labels, values }: Targets) =>
    Object.entries({ label, labels, values }).flatMap(([kind, target]) => (target === undefined ? [] : [kind]))
  const [wanted = 'label'] = kindsOf(samples[0]!)
  const other = samples.findIndex((sample) => kindsOf(sample).join() !== wanted)
  if (other < 0) return
  const target = kindsOf(samples[other]!).find((kind) => kind !== wanted) ?? wanted
  const received = samples[other]![target as keyof Targets]
  throw invalid(other, target, received, target === wanted ? 'there' : `left out, as the first sample has ${wanted}`)
}

function namesOf(samples: readonly Targets[]): string[] {
  for (const [i, { label, labels, values }] of samples.entries()) {
    if (values) throw invalid(i, 'values', values, 'left out, as classes, the names of the numbers, are not given')
    const index = (labels ?? [label]).find((one) => typeof one === 'number')
    if (index !== undefined)
      throw invalid(i, labels ? 'labels' : 'label', index, 'the name of a class, as classes are not given')
  }
  const names = classesOf(samples as readonly NamedTargets[])
  if (names.length === 0) throw invalid(0, 'labels', [], 'names, as classes are not given')
  return names
}

function targetsOf({ label, labels, values }: Targets, classes: readonly string[], sample: number) {
  if (values && values.length !== classes.length)
    throw invalid(sample, 'values', values, `${classes.length} numbers, one for each name in classes`)
  if (values) return { label: 0, values: [...values] }
  if (!labels) return { label: indexOf(label!, classes, sample, 'label') }
  const places = [...new Set(labels.map((one) => indexOf(one, classes, sample, 'labels')))]
  return { label: places[0] ?? 0, labels: places }
}

function indexOf(label: string | number, classes: readonly string[], sample: number, target: string): number {
  const index = typeof label === 'number' ? label : classes.indexOf(label)
  if (index >= 0 && index < classes.length) return index
  const expected = typeof label === 'number' ? `below ${classes.length}, the number of classes` : 'one of the classes'
  throw invalid(sample, target, label, expected)
}
