import type { Random } from '../random.js'
import type { OperationName } from './operations.js'
import type { RgbImage } from './rgbImage.js'
import { heightOf, widthOf } from './rgbImage.js'
import { roundHalfEven } from './round.js'

/** The magnitudes of an operation: `at` returns the one of level `level` of `levels`, from 0. */
interface Magnitudes {
  at(level: number, levels: number, image: RgbImage): number
  /** True if half of the time the operation goes the other way. */
  readonly isSigned: boolean
}

/** The operations to choose from, each with its magnitudes; none for an operation without. */
export type Space = ReadonlyMap<OperationName, Magnitudes | undefined>

interface Reach {
  readonly shear: number
  /** Returns the largest shift in pixels along a side of that length. */
  readonly shift: (side: number) => number
  readonly degrees: number
  /** The largest change of a factor 1. */
  readonly factor: number
  /** The bits that are kept at level 0, and how many fewer at the last. */
  readonly bits: readonly [most: number, fewer: number]
}

/** Returns the operations that all policies share, as far as they reach. */
export function spaceOf({
  shear,
  shift,
  degrees,
  factor,
  bits: [most, fewer],
}: Reach): Map<OperationName, Magnitudes | undefined> {
  const upTo = (end: number | ((image: RgbImage) => number)): Magnitudes => ({
    at: (level, levels, image) => evenly(0, typeof end === 'number' ? end : end(image), levels, level),
    isSigned: true,
  })
  const fewerBits = (level: number, levels: number) =>
    roundHalfEven(Math.fround(most - Math.fround(level / Math.fround((levels - 1) / fewer))))
  return new Map<OperationName, Magnitudes | undefined>([
    ['ShearX', upTo(shear)],
    ['ShearY', upTo(shear)],
    ['TranslateX', upTo((image) => shift(widthOf(image)))],
    ['TranslateY', upTo((image) => shift(heightOf(image)))],
    ['Rotate', upTo(degrees)],
    ['Brightness', upTo(factor)],
    ['Color', upTo(factor)],
    ['Contrast', upTo(factor)],
    ['Sharpness', upTo(factor)],
    ['Posterize', { at: fewerBits, isSigned: false }],
    ['Solarize', { at: (level, levels) => evenly(1, 0, levels, level), isSigned: false }],
    ['AutoContrast', undefined],
    ['Equalize', undefined],
  ])
}

/** The reach of AutoAugment, which RandAugment took over. */
export const autoAugmentReach: Reach = {
  shear: 0.3,
  shift: (side) => (150 / 331) * side,
  degrees: 30,
  factor: 0.9,
  bits: [8, 4],
}

/** Returns an operation's magnitude at a level; 0 if it has none. */
export function magnitudeAt(
  magnitudes: Magnitudes | undefined,
  level: number,
  levels: number,
  image: RgbImage,
  random: Random,
): number {
  if (!magnitudes) return 0
  const magnitude = magnitudes.at(level, levels, image)
  return magnitudes.isSigned && random.next() < 0.5 ? -magnitude : magnitude
}

/** Returns number `index` of `count` numbers from `start` to `end`, in float32 as `torch.linspace`. */
function evenly(start: number, end: number, count: number, index: number): number {
  const float = Math.fround
  const [first, last] = [float(start), float(end)]
  if (count === 1) return first
  const step = float(float(last - first) / (count - 1))
  return index < Math.floor(count / 2) ? float(first + step * index) : float(last - step * (count - 1 - index))
}
