import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Evaluation } from './events.js'
import type { BatchTargets, MetricSums } from './RunMetrics.js'

/** The metrics of one class an image: loss, hits, confusion. */
export class Metrics {
  #loss = 0
  #hits = 0
  #examples = 0
  readonly #confusion: number[][]

  /** @param start sums to continue from. Default: nothing */
  constructor(
    readonly classes: number,
    start?: MetricSums,
  ) {
    if (start) {
      this.#loss = start.loss
      this.#hits = start.hits
      this.#examples = start.examples
    }
    const row = (label: number) => start?.confusion[label] ?? new Array<number>(classes).fill(0)
    this.#confusion = Array.from({ length: classes }, (_, label) => [...row(label)])
  }

  get sums(): MetricSums {
    const confusion = this.#confusion.map((row) => [...row])
    return { loss: this.#loss, hits: this.#hits, examples: this.#examples, confusion }
  }

  /**
   * Adds a batch.
   * @param logits float32 [n, classes]
   * @param lossSum summed over the batch
   * @returns the share of correct ones in the batch
   */
  add(logits: Tensor<'float32'>, { labels }: BatchTargets, lossSum: number): number {
    let hits = 0
    labels.data.forEach((label, row) => {
      const predicted = argmax(logits.data, row * this.classes, this.classes)
      this.#confusion[Number(label)]![predicted]!++
      if (predicted === Number(label)) hits++
    })
    this.#hits += hits
    this.#loss += lossSum
    this.#examples += labels.data.length
    return hits / labels.data.length
  }

  /** Adds the sums of examples whose predictions were counted elsewhere; they are not in the confusion matrix. */
  addSums({ loss, hits, examples }: Omit<MetricSums, 'confusion'>): void {
    this.#loss += loss
    this.#hits += hits
    this.#examples += examples
  }

  get examples(): number {
    return this.#examples
  }

  result(): Evaluation {
    return {
      loss: this.#loss / this.#examples,
      accuracy: this.#hits / this.#examples,
      examples: this.#examples,
      confusion: this.#confusion,
    }
  }
}

/** Returns the index of the first of the highest values among `length` from `start`. */
export function argmax(values: Float32Array, start: number, length: number): number {
  let best = 0
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i
  return best
}
