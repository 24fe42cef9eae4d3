import * as z from 'zod'
import { checkOptions } from '../options.js'
import { applyRandom } from './applyRandom.js'
import { autoAugmentReach, type Space, spaceOf } from './magnitudes.js'
import { fill, interpolation } from './options.js'
import { levels, type ReadingOptions, readingOf } from './policyOptions.js'
import type { RgbImage } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

const schema = z
  .strictObject({
    numOps: z.number().int().min(0).max(100).default(2),
    magnitude: z.number().int().min(0).default(9),
    numMagnitudeBins: levels.default(31),
    interpolation: interpolation.default('nearest'),
    fill,
  })
  .refine(({ magnitude, numMagnitudeBins }) => magnitude < numMagnitudeBins, {
    path: ['magnitude'],
    error: 'a whole number from 0 up, below numMagnitudeBins',
  })

/** The operations to choose from. */
export const space: Space = new Map([['Identity', undefined], ...spaceOf(autoAugmentReach)])

/**
 * Applies operations that are chosen at random, all of one magnitude (RandAugment, arXiv 1909.13719). torchvision:
 * `v2.RandAugment`.
 * @param options.numOps how many operations. Default 2
 * @param options.magnitude how strong they are, from 0 up. Default 9
 * @param options.numMagnitudeBins how many magnitudes there are; the last is the strongest. Default 31
 * @param options.interpolation 'nearest' or 'bilinear', for operations that move pixels. Default 'nearest'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function randAugment(
  options: {
    numOps?: number | undefined
    magnitude?: number | undefined
    numMagnitudeBins?: number | undefined
  } & ReadingOptions = {},
): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'randAugment')
  const reading = readingOf(checked)
  return builtIn({
    name: 'randAugment',
    options: checked,
    apply(image, random) {
      let result = image
      const choice = { space, levels: checked.numMagnitudeBins, reading }
      for (let i = 0; i < checked.numOps; i++) result = applyRandom(result, choice, random, () => checked.magnitude)
      return result
    },
  })
}
