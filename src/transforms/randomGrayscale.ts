import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { grayOf } from './grayscale.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.1) })

/**
 * Makes an image grey in all three channels, with probability p. torchvision: `v2.RandomGrayscale(p)`.
 * @param options.p from 0 to 1. Default 0.1
 * @throws FineTuneError 'options/invalid'
 */
export function randomGrayscale(options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  return byChance('randomGrayscale', checkOptions(schema, options, 'randomGrayscale'), grayOf)
}
