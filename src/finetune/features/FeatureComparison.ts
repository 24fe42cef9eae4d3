import type { FeaturePrecisionEvent } from '../record/events.js'
import type { Features } from './FeatureTable.js'

/** Compares the features of the same images in int8 and in float32. */
export class FeatureComparison {
  #images = 0
  #cosines = 0
  #difference = 0
  #norm = 0

  /** Adds a batch. @param images the number of its images */
  add(images: number, float32: Features, int8: Features): void {
    for (let image = 0; image < images; image++) {
      let [product, before, after] = [0, 0, 0]
      for (const [name, { data }] of Object.entries(float32)) {
        const [size, other] = [data.length / images, int8[name]!.data]
        for (let i = image * size; i < (image + 1) * size; i++) {
          product += data[i]! * other[i]!
          before += data[i]! ** 2
          after += other[i]! ** 2
          this.#difference += (data[i]! - other[i]!) ** 2
        }
      }
      this.#images++
      this.#norm += before
      // Two of nothing are the same.
      this.#cosines += before === 0 && after === 0 ? 1 : product / Math.sqrt(before * after || 1)
    }
  }

  get effect(): Pick<FeaturePrecisionEvent, 'images' | 'cosine' | 'relativeError'> {
    return {
      images: this.#images,
      cosine: this.#cosines / this.#images,
      relativeError: Math.sqrt(this.#difference / (this.#norm || 1)),
    }
  }
}
