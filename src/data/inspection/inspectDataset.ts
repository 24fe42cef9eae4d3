import * as z from 'zod'
import { checkArgument, isPlain, type Kind } from '../../arguments.js'
import { checkOptions, functionSchema } from '../../options.js'
import type { ImageDataset } from '../dataset/dataset.js'
import { labelledSchema } from '../dataset/datasetSchema.js'
import { autoOrientSchema, type DecodeOptions, decoderSchema, maxPixelsSchema } from '../decode/decodeImage.js'
import { workersSchema } from '../loader/loaderOptions.js'
import { mapAtMost } from '../loader/mapAtMost.js'
import { isSkippable } from '../loader/preparer.js'
import { openWorkerPool } from '../loader/WorkerPool.js'
import type { DatasetInspection } from './DatasetInspection.js'
import { describeSet, isImageInfo, type Outcome } from './describeSet.js'
import { findDuplicates, type LookedAt } from './findDuplicates.js'

export interface InspectOptions extends Pick<DecodeOptions, 'decoder' | 'maxPixels' | 'autoOrient'> {
  /**
   * Threads that read and decode; 0, or without support for workers: the calling thread. Default: one less than the
   * processors, 1 to 4
   */
  workers?: number | undefined
  /** Called after each image. */
  onProgress?: ((progress: InspectProgress) => void) | undefined
  /** Aborting it ends the inspection with the reason of the signal. */
  signal?: AbortSignal | undefined
}

export interface InspectProgress {
  /** The name of the set that is being inspected. */
  readonly set: string
  /** The number of images of all sets, of those inspected, and of the unreadable ones among them. */
  readonly images: number
  readonly done: number
  readonly unreadable: number
}

const schema = z.strictObject({
  decoder: decoderSchema,
  maxPixels: maxPixelsSchema,
  autoOrient: autoOrientSchema,
  workers: workersSchema,
  onProgress: functionSchema<(progress: InspectProgress) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})
const setsSchema = z
  .record(z.string(), labelledSchema(0))
  .refine((sets) => Object.keys(sets).length > 0, 'a dataset, or datasets by name')

/** The number of images requested at a time, for each worker. */
const AHEAD = 4

/**
 * Reads and decodes every image of one or more data sets, and reports problems for training: unreadable images,
 * empty and unbalanced classes, sizes, and duplicates within a set and across sets: the same file, the same pixels, or
 * nearly the same image.
 *
 * It takes as long as decoding them all. An image takes 1 kB of memory until the end.
 *
 * @param sets a data set, or several by name. Classes are compared by name
 * @throws FineTuneError 'data/worker-failed', 'data/too-many-files', 'data/no-sharp', 'data/no-decoder',
 *   'options/invalid', the signal's reason. An unreadable image is not an error
 * @example
 * ```ts given=train,validation
 * import { inspectDataset } from 'onnx-finetune'
 *
 * const { sets, duplicates } = await inspectDataset({ train, validation })
 * const leaks = duplicates.filter(({ acrossSets }) => acrossSets)
 * ```
 */
export async function inspectDataset(
  sets: ImageDataset | Readonly<Record<string, ImageDataset>>,
  options: InspectOptions = {},
): Promise<DatasetInspection> {
  checkArgument('inspectDataset: sets', sets, setsKind)
  const checked = checkOptions(schema, options, 'inspectDataset')
  const named = isDataset(sets) ? { train: sets } : sets
  checkOptions(setsSchema, named, 'inspectDataset: sets')
  const looked: LookedAt[] = []
  const progress = progressOf(named, checked.onProgress)
  const described = []
  for (const [set, dataset] of Object.entries(named)) {
    const outcomes = await lookThrough(dataset, checked, (outcome) => progress(set, outcome))
    described.push(describeSet(set, dataset, outcomes))
    for (const [index, facts] of outcomes.entries()) {
      const { source, label } = dataset.samples[index]!
      if (isImageInfo(facts)) looked.push({ set, index, source, class: dataset.classes[label]!, facts })
    }
  }
  checked.signal?.throwIfAborted()
  return { sets: described, duplicates: await findDuplicates(looked) }
}

const setsKind: Kind = { expected: 'a dataset, or datasets by name', is: isPlain }
const isDataset = (sets: object): sets is ImageDataset => Array.isArray((sets as Partial<ImageDataset>).samples)

async function lookThrough(
  dataset: ImageDataset,
  { decoder, maxPixels, autoOrient, workers, signal }: z.output<typeof schema>,
  onLooked: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  signal?.throwIfAborted()
  const pool = openWorkerPool(dataset, { kind: 'inspect', settings: { decoder, maxPixels, autoOrient } }, workers)
  const look = async (_: unknown, index: number) => {
    signal?.throwIfAborted()
    const outcome = await pool.prepare(index, 0, signal).catch((error: unknown) => {
      if (isSkippable(error)) return error
      throw error
    })
    onLooked(outcome as Outcome)
    return outcome as Outcome
  }
  try {
    return await untilAborted(mapAtMost(AHEAD * Math.max(workers, 1), dataset.samples, look), signal)
  } finally {
    await pool.close()
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function progressOf(sets: Readonly<Record<string, ImageDataset>>, onProgress: InspectOptions['onProgress']) {
  const images = Object.values(sets).reduce((sum, { samples }) => sum + samples.length, 0)
  let [done, unreadable] = [0, 0]
  return (set: string, outcome: Outcome): void => {
    done++
    if (!isImageInfo(outcome)) unreadable++
    onProgress?.({ set, images, done, unreadable })
  }
}
