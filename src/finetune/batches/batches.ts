import type { ImageDataset, SkippedSample } from '../../data/dataset/dataset.js'
import type { Loader } from '../../data/loader/createLoader.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { BufferPool } from '../../threads/BufferPool.js'
import type { FeaturePrecisionEvent, WarningEvent } from '../record/events.js'

/** A batch for one step. */
export interface StepBatch {
  /** The network's inputs by name; their memory may be transferred. */
  readonly inputs: Readonly<Record<string, Tensor>>
  /** The classes, for the metrics. */
  readonly labels: Tensor<'int64'>
  /** The targets of all outputs, if the loss takes those: probabilities, or numbers. Default: the labels. */
  readonly targets?: Tensor<'float32'> | undefined
  /** The indices of its samples in the data set. */
  readonly indices: Uint32Array
  /** The position of this batch in its epoch, from 0. */
  readonly position: number
}

/** The source of the batches of a run. Epochs count from 0. */
export interface Batches {
  readonly dataset: ImageDataset
  /** The number of batches in an epoch. */
  readonly count: number
  readonly skipped: readonly SkippedSample[]
  /** Prepares an epoch, in parts; yields nothing if there is nothing to prepare. */
  prepare(
    epoch: number,
  ): AsyncIterable<{ readonly step: number; readonly stepsPerEpoch: number } | FeaturePrecisionEvent | WarningEvent>
  /** Yields the batches of an epoch. @param from the number of batches to skip, or the positions of some. Default 0 */
  epoch(epoch: number, from?: number | readonly number[]): AsyncIterable<StepBatch>
  /** The pool that takes the memory of finished batches, if they are large. */
  readonly pool?: BufferPool
  close(): Promise<void>
}

/** Returns the batches of a source, each changed. @param change gets the epoch too, from 0 */
export const changedBatches = (batches: Batches, change: (batch: StepBatch, epoch: number) => StepBatch): Batches => ({
  ...batches,
  get skipped() {
    return batches.skipped
  },
  async *epoch(epoch, from) {
    for await (const batch of batches.epoch(epoch, from)) yield change(batch, epoch)
  },
})

/** Returns batches of images, as the network's input. */
export const imageBatches = (loader: Loader, input: string): Batches => ({
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
