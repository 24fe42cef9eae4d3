import type { ImageDataset, SkippedSample } from '../../data/dataset/dataset.js'
import type { Loader } from '../../data/loader/createLoader.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { BufferPool } from '../../threads/BufferPool.js'
import type { WarningEvent } from '../record/events.js'

/** What a step is fed. */
export interface StepBatch {
  /** The network's inputs by name; their memory may be handed over. */
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly labels: Tensor<'int64'>
  /** Which samples of the data set these are. */
  readonly indices: Uint32Array
  /** The place of this batch in its epoch, from 0. */
  readonly position: number
}

/** Where the batches of a run come from. Epochs count from 0. */
export interface Batches {
  readonly dataset: ImageDataset
  /** In an epoch. */
  readonly count: number
  readonly skipped: readonly SkippedSample[]
  /** Work that an epoch needs done first, in parts; nothing to iterate where there is none. */
  prepare(epoch: number): AsyncIterable<{ readonly step: number; readonly stepsPerEpoch: number } | WarningEvent>
  /** @param from batches that are passed over. Default 0 */
  epoch(epoch: number, from?: number): AsyncIterable<StepBatch>
  /** Takes the memory of batches that are done, where they are large. */
  readonly pool?: BufferPool
  close(): Promise<void>
}

/** Pictures, as the network's input. */
export const pictureBatches = (loader: Loader, input: string): Batches => ({
  dataset: loader.dataset,
  count: loader.batches,
  get skipped() {
    return loader.skipped
  },
  async *prepare() {},
  async *epoch(epoch, from) {
    for await (const { images, ...batch } of loader.epoch(epoch, from)) yield { inputs: { [input]: images }, ...batch }
  },
  pool: loader.pool,
  close: () => loader.close(),
})
