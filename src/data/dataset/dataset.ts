import { readBytes } from '#platform'
import { checkArgument, isObject, type Kind } from '../../arguments.js'
import { type FineTuneError, isFineTuneError } from '../../errors.js'
import { isImage, type RgbImage } from '../../transforms/rgbImage.js'
import { dataError } from '../errors.js'
import type { ImageSample } from '../samples/ImageSample.js'
import { patiently } from './patiently.js'

/**
 * Labelled images. `ImageFolder` makes one from folders; a literal object works as well:
 *
 *     const dataset: ImageDataset = {
 *       classes: ['hotdog', 'not-hotdog'],
 *       samples: [{ source: 'https://example.org/1.jpg', label: 0 }, { source: 'https://example.org/2.jpg', label: 1 }],
 *     }
 */
export interface ImageDataset {
  readonly classes: readonly string[]
  /**
   * The samples. Those of large data sets (`ImageFolder`, `manifestDataset`, `tarDataset`) are a list that makes each when
   * it is asked for it.
   */
  readonly samples: readonly ImageSample[]
  /**
   * Reads the encoded bytes (JPEG, PNG, ...) of a sample. If omitted, the loading workers themselves read `source`; if
   * given, it is called in the thread that owns the loader, and the bytes are sent to a worker.
   */
  read?(index: number): Promise<Uint8Array>
  /**
   * Returns the pixels of a sample that needs no decoding, or undefined for one that is to be read. If given, it is
   * called in the thread that owns the loader, and a copy of the pixels is sent to a worker.
   */
  image?(index: number): Promise<RgbImage | undefined>
}

/**
 * Reads the encoded bytes of a sample, by `read` or from `source`.
 * @throws FineTuneError 'data/unreadable' (which names the source), 'data/too-many-files', 'options/invalid'
 */
export async function readSample(dataset: ImageDataset, index: number): Promise<Uint8Array> {
  checkArgument('readSample: dataset', dataset, samplesKind)
  checkArgument('readSample: index', index, indexOf(dataset.samples))
  const { source } = dataset.samples[index]!
  return blamed(source, () => patiently(async () => (dataset.read ? dataset.read(index) : readSource(source)), source))
}

/** Reads a file, or fetches a URL, which is tried again where it may help. */
export async function readSource(source: string): Promise<Uint8Array> {
  if (!isRemote(source)) return readBytes(source)
  const { fetchPatiently } = await import('../../io/download/fetchPatiently.js')
  return fetchPatiently(source)
}

export const isRemote = (source: string): boolean => /^https?:\/\//i.test(source)

/**
 * Returns the pixels of a sample, if the dataset has them, else its encoded bytes.
 * @throws FineTuneError 'data/unreadable' (which names the source), 'data/too-many-files'
 */
export async function readContent(dataset: ImageDataset, index: number): Promise<RgbImage | Uint8Array> {
  const { source } = dataset.samples[index]!
  const image = await blamed(source, async () => dataset.image?.(index))
  if (image === undefined) return readSample(dataset, index)
  if (!isImage(image)) throw dataError('data/unreadable', { source, problem: 'image() returned no image' })
  return image
}

async function blamed<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (isFineTuneError(cause, 'data/too-many-files')) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw dataError('data/unreadable', { source, problem }, { cause })
  }
}

const samplesKind: Kind = {
  expected: 'a dataset: an object with classes and samples',
  is: (value) => isObject(value) && Array.isArray(value.samples),
}
const indexOf = ({ length }: readonly unknown[]): Kind => ({
  expected: `a whole number from 0 to ${length - 1}`,
  is: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < length,
})

/** A sample that was left out, and the reason. */
export interface SkippedSample {
  readonly index: number
  readonly source: string
  readonly error: FineTuneError
}
