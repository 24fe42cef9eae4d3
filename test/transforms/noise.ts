import { seededRandom } from '../../src/random.js'
import { type RgbImage, rgbImage } from '../../src/transforms/rgbImage.js'

/** An image of random bytes. */
export function noise(height: number, width: number, seed = 0): RgbImage {
  const source = seededRandom('noise', seed)
  return rgbImage(
    Uint8Array.from({ length: height * width * 3 }, () => source.integer(0, 255)),
    height,
    width,
  )
}
