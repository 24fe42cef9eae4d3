import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Evaluation, LabelEvaluation } from './events.js'
import type { BatchTargets, MetricSums } from './RunMetrics.js'

/** The places of the counts of a label: of images that have it or not, and for which it is predicted or not. */
const [HIT, FALSE_ALARM, MISSED, REJECTED] = [0, 1, 2, 3] as const

/** The metrics of several labels an image. A label is predicted if its sigmoid is at least one half. */
export class LabelCounts {
  #loss = 0
  #examples = 0
  /** The counts of each label. */
  readonly #counts: number[][]

  constructor(
    readonly labels: number,
    start?: MetricSums,
  ) {
    this.#loss = start?.loss ?? 0
    this.#examples = start?.examples ?? 0
    this.#counts = Array.from({ length: labels }, (_, label) => [...(start?.confusion[label] ?? [0, 0, 0, 0])])
  }

  get examples(): number {
    return this.#examples
  }

  get sums(): MetricSums {
    const confusion = this.#counts.map((row) => [...row])
    return { loss: this.#loss, hits: this.#right, examples: this.#examples, confusion }
  }

  add({ data }: Tensor<'float32'>, { targets }: BatchTargets, lossSum: number): number {
    const before = this.#right
    for (const [i, logit] of data.entries()) {
      const [has, is] = [targets!.data[i]! >= 0.5, logit >= 0]
      this.#counts[i % this.labels]![has ? (is ? HIT : MISSED) : is ? FALSE_ALARM : REJECTED]!++
    }
    this.#loss += lossSum
    this.#examples += data.length / this.labels
    return (this.#right - before) / data.length
  }

  result(): Evaluation {
    const labels = this.#counts.map(qualityOf)
    const known = labels.map(({ f1 }) => f1).filter((f1) => !Number.isNaN(f1))
    return {
      loss: this.#loss / this.#examples,
      accuracy: this.#right / (this.#examples * this.labels),
      examples: this.#examples,
      confusion: [],
      labels,
      f1: known.reduce((sum, f1) => sum + f1, 0) / known.length,
    }
  }

  /** The number of right decisions. */
  get #right(): number {
    return this.#counts.reduce((sum, counts) => sum + counts[HIT]! + counts[REJECTED]!, 0)
  }
}

function qualityOf(counts: readonly number[]): LabelEvaluation {
  const [hits, falseAlarms, missed] = counts as [number, number, number, number]
  const support = hits + missed
  return {
    support,
    precision: hits / (hits + falseAlarms),
    recall: hits / support,
    f1: (2 * hits) / (support + hits + falseAlarms),
  }
}
