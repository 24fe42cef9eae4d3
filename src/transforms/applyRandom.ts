import type { Random } from '../random.js'
import { magnitudeAt, type Space } from './magnitudes.js'
import { operations, type Reading } from './operations.js'
import { pick } from './pick.js'
import type { RgbImage } from './rgbImage.js'

/** The operations of a policy, the number of levels of magnitude, and the reading of pixels from outside. */
export interface Choice {
  readonly space: Space
  readonly levels: number
  readonly reading: Reading
}

/** Applies an operation, chosen at random, at a level that is drawn after it. */
export function applyRandom(
  image: RgbImage,
  { space, levels, reading }: Choice,
  random: Random,
  level: () => number,
): RgbImage {
  const [name, magnitudes] = pick(space, random)
  return operations[name](image, magnitudeAt(magnitudes, level(), levels, image, random), reading)
}
