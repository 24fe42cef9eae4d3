import { hasWorkers } from '#platform'
import { checkArgument, isListOf, isWhole, type Kind, kinds } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import { TimeSlicer } from '../../TimeSlicer.js'
import { type BufferPool, bufferPool } from '../../threads/BufferPool.js'
import { runSteps, stepsOf } from '../../transforms/compose.js'
import { type TransformSpec, toSpec } from '../../transforms/specs.js'
import { isPlaneWriter, type PlaneWriter } from '../../transforms/toTensor.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { importModules } from '../../transforms/transformModule.js'
import type { ImageDataset, SkippedSample } from '../dataset/dataset.js'
import { datasetSchema } from '../dataset/datasetSchema.js'
import { dataError } from '../errors.js'
import { tableOf } from '../samples/lazySamples.js'
import type { Shards } from '../samples/SampleTable.js'
import { augmentationsOf, type Batch, BatchBuilder, batchesIn, planEpoch } from './batch.js'
import { type LoaderOptions, loaderSchema } from './loaderOptions.js'
import { type Drawn, drawnOf } from './perClass.js'
import { isSkippable, sampleKey } from './preparer.js'
import { openWorkerPool, type WorkerPool } from './WorkerPool.js'

/** The batches of a dataset, epoch by epoch. */
export interface Loader {
  readonly dataset: ImageDataset
  /** The number of samples in an epoch, including unreadable ones. */
  readonly samples: number
  /** The number of batches in an epoch. */
  readonly batches: number
  /** The samples that could not be read so far, each once (onError 'skip'). */
  readonly skipped: readonly SkippedSample[]
  /**
   * Iterates over the batches of an epoch (0, 1, ...), in order. Leaving the loop early drops the batches in
   * preparation. A batch without any readable image is left out.
   *
   * @param from the number of batches of the epoch to skip, or the positions of the batches to load. Default 0
   * @throws FineTuneError 'data/unreadable', 'data/too-many-pixels', 'data/unequal-shapes', 'transforms/failed',
   *   'data/worker-failed', 'data/too-many-files', 'data/no-sharp', 'data/no-decoder', 'data/closed', the signal's
   *   reason
   */
  epoch(epoch: number, from?: number | readonly number[]): AsyncIterableIterator<Batch>
  /** The memory of the batches: a buffer that is released into it becomes a later batch of that size. */
  readonly pool: BufferPool
  /** Ends the workers, which live from the first epoch on. (Idle ones do not keep a Node process alive.) */
  close(): Promise<void>
}

/**
 * Loads a dataset in batches: worker threads read, decode and transform; the results depend on the options' seed alone,
 * not on the number of workers. The built-in transforms at the start of the pipeline, and those of modules
 * (`transformModule`), run in the workers; the others, from the first custom transform on, run in the calling thread,
 * which also writes a last `toTensor` (and `normalize`) into the batch. At most `prefetch` batches are ready or in
 * preparation.
 *
 *     const loader = createLoader(dataset, { transform, batchSize: 128, shuffle: true, seed: 0 })
 *     for await (const { images, labels } of loader.epoch(0)) await session.trainStep({ input: images, labels })
 *     await loader.close()
 *
 * @throws FineTuneError 'options/invalid'
 */
export function createLoader(dataset: ImageDataset, options: LoaderOptions): Loader {
  return createLoaders([[dataset, options]])[0]!
}

/** The number of smaller batches that wait too: the last one of an epoch in training, and that of validation. */
const LAST_BATCHES = 2

/** Creates loaders that are used in turn: batches of one are made in the memory of another's. */
export function createLoaders(each: readonly (readonly [ImageDataset, LoaderOptions])[]): readonly Loader[] {
  const checked = each.map(([dataset, options]) => {
    checkOptions(datasetSchema, dataset, 'createLoader: dataset')
    const { sampling, ...rest } = checkOptions(loaderSchema, options, 'createLoader')
    const drawn = drawnOf(dataset, { sampling, batchSize: rest.batchSize }, 'createLoader')
    return [dataset, { ...rest, ...drawn, shards: tableOf(dataset.samples).shards }] as const
  })
  // The batch in a step, and those in preparation.
  const onTheirWay = 1 + Math.max(...checked.map(([, { prefetch }]) => prefetch))
  const pool = bufferPool(onTheirWay + LAST_BATCHES)
  return checked.map(([dataset, options]) => new BatchLoader(dataset, options, pool))
}

interface Checked extends Omit<ReturnType<typeof loaderSchema.parse>, 'sampling'>, Drawn {
  readonly shards: Shards | undefined
}

interface PlannedBatch {
  readonly position: number
  readonly indices: Uint32Array
  /** The number that keys the augmentation of each sample. */
  readonly augmentations: ArrayLike<number>
}

class BatchLoader implements Loader {
  readonly samples: number
  readonly batches: number
  private readonly steps: readonly AnyTransform[]
  /** The step from image to tensor, if it is the last one: it then writes directly into the batch. */
  private readonly writer: PlaneWriter | undefined
  private readonly head: readonly TransformSpec[]
  /** All transforms, with those of modules imported in this thread; undefined until one has to run in it. */
  private imported: Promise<readonly AnyTransform[]> | undefined
  private readonly skippedByIndex = new Map<number, SkippedSample>()
  private readonly slices = new TimeSlicer()
  private workers: WorkerPool | undefined
  /** Aborted by `close` or by the user's signal; its reason is the error to throw. */
  private readonly end = new AbortController()

  constructor(
    readonly dataset: ImageDataset,
    private readonly options: Checked,
    readonly pool: BufferPool,
  ) {
    const steps = stepsOf(options.transform)
    this.writer = isPlaneWriter(steps.at(-1)) ? (steps.at(-1) as PlaneWriter) : undefined
    this.steps = this.writer ? steps.slice(0, -1) : steps
    this.head = headOf(this.steps)
    const { length } = dataset.samples
    this.batches = batchesIn(length, options)
    this.samples = Math.min(length, this.batches * options.batchSize)
    if (options.signal?.aborted) this.abort()
    options.signal?.addEventListener('abort', this.abort, { once: true })
  }

  get skipped(): readonly SkippedSample[] {
    return [...this.skippedByIndex.values()].sort((a, b) => a.index - b.index)
  }

  async *epoch(epoch: number, from: number | readonly number[] = 0): AsyncIterableIterator<Batch> {
    checkArgument('Loader.epoch: epoch', epoch, kinds.count)
    checkArgument('Loader.epoch: from', from, batchesOf(this.batches))
    const run = new AbortController()
    const plan = this.plan(epoch, from)
    const ahead: Promise<Batch>[] = []
    const refill = () => {
      while (ahead.length < this.options.prefetch) {
        const next = plan.next()
        if (next.done) return
        const batch = this.load(next.value, run.signal)
        batch.catch(() => {}) // thrown when its turn comes
        ahead.push(batch)
      }
    }
    try {
      this.end.signal.throwIfAborted()
      for (refill(); ahead.length > 0; ) {
        const batch = await this.untilEnd(ahead[0]!)
        ahead.shift()
        refill()
        for (const sample of batch.skipped) this.skippedByIndex.set(sample.index, sample)
        if (batch.indices.length > 0) yield batch
        this.end.signal.throwIfAborted()
      }
    } finally {
      run.abort()
    }
  }

  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.abort)
    this.end.abort(dataError('data/closed', {}))
    await this.workers?.close()
  }

  private readonly abort = (): void => {
    this.end.abort(this.options.signal?.reason)
    void this.workers?.close()
  }

  private *plan(epoch: number, from: number | readonly number[]): Generator<PlannedBatch, undefined> {
    const { length } = this.dataset.samples
    const plan = planEpoch(length, this.options, epoch)
    // Without sampling, no sample comes twice.
    const isDrawn = this.options.weights || this.options.perClass
    const again = isDrawn && augmentationsOf(plan, length, epoch)
    for (const position of typeof from === 'number' ? upwards(from, plan.length) : from) {
      const indices = plan[position]!
      yield { position, indices, augmentations: again?.[position] ?? new Float64Array(indices.length).fill(epoch) }
    }
  }

  private async load({ position, indices, augmentations }: PlannedBatch, run: AbortSignal): Promise<Batch> {
    const builder = new BatchBuilder(this.dataset, indices, this.writer, this.pool)
    const adding = Array.from(indices, async (index, place) => {
      const augmentation = augmentations[place]!
      try {
        const begun = await this.open().prepare(index, augmentation, run)
        await this.slices.next()
        builder.add(place, await this.finish(begun, index, augmentation))
      } catch (error) {
        if (this.options.onError === 'throw' || !isSkippable(error)) throw error
        builder.skip(place, error)
      }
    })
    await firstInOrder(adding)
    return { ...builder.finish(), position }
  }

  /** Runs the transforms after the head, in the calling thread. */
  private async finish(value: unknown, index: number, augmentation: number): Promise<unknown> {
    if (this.head.length === this.steps.length) return value
    this.imported ??= importModules(this.steps)
    const steps = await this.imported
    const { source } = this.dataset.samples[index]!
    const key = sampleKey(this.options.seed, augmentation, index)
    return runSteps(steps, this.head.length, steps.length, value, key, source)
  }

  private open(): WorkerPool {
    this.workers ??= this.startWorkers()
    return this.workers
  }

  private startWorkers(): WorkerPool {
    const { seed, decoder, maxPixels, autoOrient, cacheBytes, workers } = this.options
    const share = Math.floor(cacheBytes / Math.max(hasWorkers() ? workers : 0, 1))
    const settings = { seed, decoder, maxPixels, autoOrient, cacheBytes: share }
    return openWorkerPool(this.dataset, { kind: 'prepare', settings, steps: this.head }, workers)
  }

  /** Returns the promise, which is rejected if the loader ends before it settles. */
  private untilEnd<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.end
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
    })
  }
}

const batchesOf = (batches: number): Kind => ({
  expected: `a whole number from 0 up, or a list of positions below ${batches}, the number of batches`,
  is: (value) => isWhole(value) || isListOf(value, (position) => isWhole(position) && position < batches),
})

/** Returns the transforms that other threads can make, before the first that they cannot. */
function headOf(steps: readonly AnyTransform[]): readonly TransformSpec[] {
  const specs = steps.map(toSpec)
  const end = specs.indexOf(undefined)
  return (end < 0 ? specs : specs.slice(0, end)) as readonly TransformSpec[]
}

/** Waits for all; if several fail, throws the error of the first in order, so that it does not depend on timing. */
async function firstInOrder(promises: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(promises)
  for (const result of settled) if (result.status === 'rejected') throw result.reason
}

function* upwards(from: number, end: number): Generator<number> {
  for (let position = from; position < end; position++) yield position
}
