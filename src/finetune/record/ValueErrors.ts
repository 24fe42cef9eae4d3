import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Evaluation, ValueEvaluation } from './events.js'
import type { BatchTargets, MetricSums } from './RunMetrics.js'

/** The sums over the examples for one of the predicted numbers. */
interface Sums {
  absolute: number
  squared: number
  /** The first target: the others are summed relative to it, so that a large mean costs no digits. */
  origin: number
  offset: number
  offsetSquared: number
}

/** The metrics of regression. */
export class ValueErrors {
  #loss = 0
  #examples = 0
  readonly #sums: Sums[]

  /** @param start continues the loss alone, which is what training reports */
  constructor(
    readonly values: number,
    start?: MetricSums,
  ) {
    this.#loss = start?.loss ?? 0
    this.#examples = start?.examples ?? 0
    this.#sums = Array.from({ length: values }, () => ({
      ...{ absolute: 0, squared: 0, origin: Number.NaN, offset: 0, offsetSquared: 0 },
    }))
  }

  get examples(): number {
    return this.#examples
  }

  get sums(): MetricSums {
    return { loss: this.#loss, hits: 0, examples: this.#examples, confusion: [] }
  }

  add({ data }: Tensor<'float32'>, { targets }: BatchTargets, lossSum: number): number {
    for (const [i, value] of data.entries()) {
      const sums = this.#sums[i % this.values]!
      const target = targets!.data[i]!
      const error = Math.abs(value - target)
      if (Number.isNaN(sums.origin)) sums.origin = target
      sums.absolute += error
      sums.squared += error ** 2
      sums.offset += target - sums.origin
      sums.offsetSquared += (target - sums.origin) ** 2
    }
    this.#loss += lossSum
    this.#examples += data.length / this.values
    return Number.NaN
  }

  result(): Evaluation {
    const examples = this.#examples
    const values = this.#sums.map((sums) => qualityOf(sums, examples))
    return { loss: this.#loss / examples, accuracy: Number.NaN, examples, confusion: [], values }
  }
}

/** Computes the errors; R2 as scikit-learn's `r2_score`, but NaN where all targets are equal. */
function qualityOf({ absolute, squared, offset, offsetSquared }: Sums, examples: number): ValueEvaluation {
  const spread = offsetSquared - offset ** 2 / examples
  const r2 = spread > 0 ? 1 - squared / spread : Number.NaN
  return { mae: absolute / examples, rmse: Math.sqrt(squared / examples), r2 }
}
