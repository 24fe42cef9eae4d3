import * as z from 'zod'
import { checkOptions } from '../options.js'
import { applyRandom } from './applyRandom.js'
import { type Space, spaceOf } from './magnitudes.js'
import { fill, interpolation } from './options.js'
import { levels, type ReadingOptions, readingOf } from './policyOptions.js'
import type { RgbImage } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

const schema = z.strictObject({
  numMagnitudeBins: levels.default(31),
  interpolation: interpolation.default('nearest'),
  fill,
})

/** The operations to choose from. */
export const space: Space = new Map([
  ['Identity', undefined],
  ...spaceOf({ shear: 0.99, shift: () => 32, degrees: 135, factor: 0.99, bits: [8, 6] }),
])

/**
 * Applies one operation, chosen at random, of random magnitude (TrivialAugment Wide, arXiv 2103.10158). torchvision:
 * `v2.TrivialAugmentWide`.
 * @param options.numMagnitudeBins how many magnitudes there are; the last is the strongest. Default 31
 * @param options.interpolation 'nearest' or 'bilinear', for operations that move pixels. Default 'nearest'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function trivialAugmentWide(
  options: { numMagnitudeBins?: number | undefined } & ReadingOptions = {},
): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'trivialAugmentWide')
  const reading = readingOf(checked)
  return builtIn({
    name: 'trivialAugmentWide',
    options: checked,
    apply(image, random) {
      const choice = { space, levels: checked.numMagnitudeBins, reading }
      return applyRandom(image, choice, random, () => random.integer(0, checked.numMagnitudeBins - 1))
    },
  })
}
