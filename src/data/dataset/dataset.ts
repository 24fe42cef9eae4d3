import { readBytes } from '#platform'
import { checkArgument, isObject, type Kind } from '../../arguments.js'
import { type FineTuneError, isFineTuneError } from '../../errors.js'
import { dataError } from '../errors.js'
import { patiently } from './patiently.js'

/** One labelled image: the source of its bytes, and the index of its class. */
export interface ImageSample {
  /** A path (Node) or an HTTP(S) URL; with `read`, any name that errors may use. */
  readonly source: string
  readonly label: number
}

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
  readonly samples: readonly ImageSample[]
  /**
   * Reads the encoded bytes (JPEG, PNG, ...) of a sample. If omitted, the loading workers themselves read `source`; if
   * given, it is called in the thread that owns the loader, and the bytes are sent to a worker.
   */
  read?(index: number): Promise<Uint8Array>
}

/**
 * Reads the encoded bytes of a sample, by `read` or from `source`.
 * @throws FineTuneError 'data/unreadable' (which names the source), 'data/too-many-files', 'options/invalid'
 */
export async function readSample(dataset: ImageDataset, index: number): Promise<Uint8Array> {
  checkArgument('readSample: dataset', dataset, samplesKind)
  checkArgument('readSample: index', index, indexOf(dataset.samples))
  const { source } = dataset.samples[index]!
  try {
    return await patiently(async () => (dataset.read ? dataset.read(index) : readBytes(source)), source)
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
