import * as z from 'zod'
import { checkOptions } from '../options.js'
import { autoAugmentReach, magnitudeAt, type Space, spaceOf } from './magnitudes.js'
import { type OperationName, operations } from './operations.js'
import { fill, interpolation } from './options.js'
import { type ReadingOptions, readingOf } from './policyOptions.js'
import type { RgbImage } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

const schema = z.strictObject({ interpolation: interpolation.default('nearest'), fill })

/**
 * Applies one of the 25 pairs of operations that a search found for ImageNet (AutoAugment, arXiv 1805.09501, table 9).
 * torchvision: `v2.AutoAugment(AutoAugmentPolicy.IMAGENET)`.
 * @param options.interpolation 'nearest' or 'bilinear', for operations that move pixels. Default 'nearest'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function autoAugment(options: ReadingOptions = {}): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'autoAugment')
  const reading = readingOf(checked)
  return builtIn({
    name: 'autoAugment',
    options: checked,
    apply(image, random) {
      const pair = imagenetPolicy[random.integer(0, imagenetPolicy.length - 1)]!
      return pair.reduce((result, [name, probability, level = 0]) => {
        if (random.next() >= probability) return result
        return operations[name](result, magnitudeAt(space.get(name), level, 10, image, random), reading)
      }, image)
    },
  })
}

/** The operations of the policies. */
export const space: Space = new Map([...spaceOf(autoAugmentReach), ['Invert', undefined]])

/** An operation, the probability that it is applied, and its level of magnitude, 0 to 9. */
type Step = readonly [OperationName, probability: number, level?: number]

/** The published pairs; some are in it twice. */
// biome-ignore format: a pair in a line
export const imagenetPolicy: readonly (readonly [Step, Step])[] = [
  [['Posterize', 0.4, 8], ['Rotate', 0.6, 9]],
  [['Solarize', 0.6, 5], ['AutoContrast', 0.6]],
  [['Equalize', 0.8], ['Equalize', 0.6]],
  [['Posterize', 0.6, 7], ['Posterize', 0.6, 6]],
  [['Equalize', 0.4], ['Solarize', 0.2, 4]],
  [['Equalize', 0.4], ['Rotate', 0.8, 8]],
  [['Solarize', 0.6, 3], ['Equalize', 0.6]],
  [['Posterize', 0.8, 5], ['Equalize', 1]],
  [['Rotate', 0.2, 3], ['Solarize', 0.6, 8]],
  [['Equalize', 0.6], ['Posterize', 0.4, 6]],
  [['Rotate', 0.8, 8], ['Color', 0.4, 0]],
  [['Rotate', 0.4, 9], ['Equalize', 0.6]],
  [['Equalize', 0], ['Equalize', 0.8]],
  [['Invert', 0.6], ['Equalize', 1]],
  [['Color', 0.6, 4], ['Contrast', 1, 8]],
  [['Rotate', 0.8, 8], ['Color', 1, 2]],
  [['Color', 0.8, 8], ['Solarize', 0.8, 7]],
  [['Sharpness', 0.4, 7], ['Invert', 0.6]],
  [['ShearX', 0.6, 5], ['Equalize', 1]],
  [['Color', 0.4, 0], ['Equalize', 0.6]],
  [['Equalize', 0.4], ['Solarize', 0.2, 4]],
  [['Solarize', 0.6, 5], ['AutoContrast', 0.6]],
  [['Invert', 0.6], ['Equalize', 1]],
  [['Color', 0.6, 4], ['Contrast', 1, 8]],
  [['Equalize', 0.8], ['Equalize', 0.6]],
]
