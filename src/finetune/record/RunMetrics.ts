import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Evaluation } from './events.js'

/** Sums over examples. */
export interface MetricSums {
  readonly loss: number
  readonly hits: number
  readonly examples: number
  /** The counts; rows are labels, columns predictions. Of several labels an image the counts of each label. */
  readonly confusion: readonly (readonly number[])[]
}

/** The targets of a batch: the classes, and for other tasks float32 [n, outputs]. */
export interface BatchTargets {
  readonly labels: Tensor<'int64'>
  readonly targets?: Tensor<'float32'> | undefined
}

/** An accumulator of metrics over batches. */
export interface RunMetrics {
  /** The sums to continue from. */
  readonly sums: MetricSums
  readonly examples: number
  /**
   * Adds a batch.
   * @param outputs of the network, float32 [n, outputs]
   * @param lossSum summed over the batch
   * @returns the accuracy in the batch; NaN for regression
   */
  add(outputs: Tensor<'float32'>, batch: BatchTargets, lossSum: number): number
  result(): Evaluation
}
