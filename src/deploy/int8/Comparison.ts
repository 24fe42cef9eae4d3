import type { ImageDataset } from '../../data/dataset/dataset.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { ClassifierMetadata } from '../metadata.js'

/** A comparison of the int8 file with the float32 file, on the same images. */
export interface QuantizationEffect {
  /** The number of images that both classified. */
  readonly images: number
  /**
   * The share of images that each classifies correctly. Undefined for other tasks than classification, and where the
   * images have other classes.
   */
  readonly accuracy?: { readonly float32: number; readonly int8: number }
  /**
   * The share of images that both say the same of: the most probable class, or, of several labels an image, the labels
   * that reach their threshold. Undefined for regression.
   */
  readonly agreement?: number
  /** The mean absolute difference of probabilities, or of the values of regression. */
  readonly meanDifference: number
}

/** Counts how two files judge the same images. */
export class Comparison {
  #images = 0
  #hits = { float32: 0, int8: 0 }
  #agreements = 0
  #difference = 0

  constructor(
    private readonly metadata: ClassifierMetadata,
    private readonly dataset: ImageDataset,
  ) {}

  /** Counts the image of this index by its probabilities, or values, in both files. */
  add(index: number, float32: Tensor, int8: Tensor): void {
    const [before, after] = [float32.data as Float32Array, int8.data as Float32Array]
    const [told, toldNow] = [this.#told(before), this.#told(after)]
    const { label } = this.dataset.samples[index]!
    this.#images++
    if (told.join() === toldNow.join()) this.#agreements++
    if (told[0] === label) this.#hits.float32++
    if (toldNow[0] === label) this.#hits.int8++
    this.#difference += before.reduce((sum, value, i) => sum + Math.abs(value - after[i]!), 0) / before.length
  }

  get effect(): QuantizationEffect {
    const { task } = this.metadata
    const share = (count: number) => count / this.#images
    const accuracy = { float32: share(this.#hits.float32), int8: share(this.#hits.int8) }
    return {
      images: this.#images,
      ...(task === 'classification' && this.dataset.classes.length > 0 && { accuracy }),
      ...(task !== 'regression' && { agreement: share(this.#agreements) }),
      meanDifference: share(this.#difference),
    }
  }

  /** Returns the place of the most probable class, or those of the labels that reach their threshold. */
  #told(scores: Float32Array): readonly number[] {
    const { thresholds } = this.metadata
    if (!thresholds) return [scores.indexOf(Math.max(...scores))]
    return [...scores.keys()].filter((label) => scores[label]! >= thresholds[label]!)
  }
}
