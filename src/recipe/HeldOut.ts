import { calibrate } from '../calibration/calibrate.js'
import { confusionMatrix } from '../evaluation/metrics/confusionMatrix.js'
import { predictedLabels } from '../evaluation/metrics/scores.js'
import { wilsonInterval } from '../evaluation/metrics/wilsonInterval.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { isWorse, lossesOf, mean } from './losses.js'
import type { RecipeCandidate } from './RecipeReport.js'

/** Logits of images by networks that were not trained on them. */
export class HeldOut {
  readonly #logits: number[] = []
  readonly labels: number[] = []

  constructor(private readonly classes: number) {}

  /** @param logits [labels.length, classes] */
  add(logits: Iterable<number>, labels: readonly number[]): void {
    for (const logit of logits) this.#logits.push(logit)
    this.labels.push(...labels)
  }

  /** The logits, [images, classes]. */
  get logits(): Tensor<'float32'> {
    return float32(Float32Array.from(this.#logits), [this.labels.length, this.classes])
  }

  /** The cross-entropy of each image, at the temperature that makes the mean lowest. */
  get losses(): number[] {
    return lossesOf(this.logits.data, this.labels, this.classes)
  }

  /** The share of the images of each class that are recognised; undefined for a class without any. */
  get recalls(): (number | undefined)[] {
    return confusionMatrix(this.logits, this.labels).map((row, label) => {
      const images = row.reduce((sum, count) => sum + count, 0)
      return images > 0 ? row[label]! / images : undefined
    })
  }

  get accuracy(): number {
    return this.#hits / this.labels.length
  }

  /** Loss and accuracy, at temperature 1. */
  get plain(): { readonly loss: number; readonly accuracy: number } {
    return { loss: calibrate(this.logits, this.labels).loss.before, accuracy: this.accuracy }
  }

  /** Measures them, as something that was tried. */
  candidate(share: number): RecipeCandidate {
    const [images, hits] = [this.labels.length, this.#hits]
    const name = share === 0 ? 'head' : 'fine-tuned'
    const loss = calibrate(this.logits, this.labels).loss.after
    return { name, share, accuracy: hits / images, interval: wilsonInterval(hits, images), loss, images }
  }

  get #hits(): number {
    return predictedLabels(this.logits).filter((predicted, i) => predicted === this.labels[i]).length
  }
}

/** The number of images from which on the lowest loss decides: beyond it chance tells little of a mean. */
const DECISIVE = 300

/**
 * Chooses among what was tried, the head alone first: the lowest cross-entropy, which tells finer differences than the
 * number of errors. Of fewer than `DECISIVE` images chance tells most of it, so there the head stays, unless others
 * recognise at least as many, and their loss is lower by more than the standard error of the difference.
 *
 * @returns its place
 */
export function choose(measured: readonly HeldOut[]): number {
  const tried = measured.map((one, place) => ({ place, losses: one.losses, accuracy: one.accuracy }))
  const [head, ...tuned] = tried as [(typeof tried)[number], ...typeof tried]
  const isDecisive = head.losses.length >= DECISIVE
  return tuned
    .filter(({ accuracy, losses }) => isDecisive || (accuracy >= head.accuracy && isWorse(head.losses, losses)))
    .reduce((best, one) => (mean(one.losses) < mean(best.losses) ? one : best), head).place
}
