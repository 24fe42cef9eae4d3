import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { byteTable, lookUp } from './byteTables.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.5) })

/**
 * Inverts an image, a negative, with probability p. torchvision: `v2.RandomInvert(p)`.
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomInvert(options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  return byChance('randomInvert', checkOptions(schema, options, 'randomInvert'), invert)
}

const inverted = byteTable((byte) => 255 - byte)
export const invert = (image: RgbImage): RgbImage => lookUp(image, inverted)
