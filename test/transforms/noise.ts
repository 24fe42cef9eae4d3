import { random } from '../../src/random.js'
import { type Picture, picture } from '../../src/transforms/picture.js'

/** A picture of random bytes. */
export function noise(height: number, width: number, seed = 0): Picture {
  const source = random('noise', seed)
  return picture(
    Uint8Array.from({ length: height * width * 3 }, () => source.integer(0, 255)),
    height,
    width,
  )
}
