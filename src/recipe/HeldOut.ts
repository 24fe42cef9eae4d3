import { calibrate, predictedOf, rowsOf } from '../calibration/calibrate.js'
import { wilsonInterval } from '../evaluation/metrics/wilsonInterval.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import type { RecipeCandidate } from './RecipeReport.js'

/** Logits of images by networks that were not trained on them. */
export class HeldOut {
  readonly #rows: Float32Array[] = []
  readonly labels: number[] = []

  constructor(private readonly classes: number) {}

  /** @param logits [labels.length, classes] */
  add(logits: Float32Array | Float64Array, labels: readonly number[]): void {
    this.#rows.push(Float32Array.from(logits))
    this.labels.push(...labels)
  }

  /** The logits, [images, classes]. */
  get logits(): Tensor<'float32'> {
    return float32(Float32Array.from(this.#rows.flatMap((row) => [...row])), [this.labels.length, this.classes])
  }

  /** Loss and accuracy, at temperature 1. */
  get plain(): { readonly loss: number; readonly accuracy: number } {
    const rows = rowsOf(this.logits)
    const hits = rows.filter((row, i) => predictedOf(row) === this.labels[i]).length
    return { loss: calibrate(this.logits, this.labels).loss.before, accuracy: hits / rows.length }
  }

  /** Measures them, as something that was tried. */
  candidate(share: number): RecipeCandidate {
    const { logits, labels } = this
    const images = labels.length
    const hits = rowsOf(logits).filter((row, i) => predictedOf(row) === labels[i]).length
    const { loss } = calibrate(logits, labels)
    const name = share === 0 ? 'head' : 'fine-tuned'
    return { name, share, accuracy: hits / images, interval: wilsonInterval(hits, images), loss: loss.after, images }
  }

  /** The share of the images of each class that are recognised; undefined for a class without any. */
  get recalls(): (number | undefined)[] {
    const rows = rowsOf(this.logits)
    return Array.from({ length: this.classes }, (_, label) => {
      const ofClass = [...this.labels.keys()].filter((i) => this.labels[i] === label)
      const hits = ofClass.filter((i) => predictedOf(rows[i]!) === label)
      return ofClass.length > 0 ? hits.length / ofClass.length : undefined
    })
  }
}

/**
 * Chooses among what was tried: the lowest cross-entropy among those that recognise at least as many images as the head
 * alone, which is the first. The loss tells finer differences than the number of errors.
 */
export function choose(candidates: readonly RecipeCandidate[]): RecipeCandidate {
  const [head] = candidates as [RecipeCandidate, ...RecipeCandidate[]]
  const able = candidates.filter(({ accuracy }) => accuracy >= head.accuracy)
  return able.reduce((best, one) => (one.loss < best.loss ? one : best), head)
}
