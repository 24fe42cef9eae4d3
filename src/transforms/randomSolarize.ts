import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { byteTable, lookUp } from './byteTables.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ threshold: z.number().min(0).max(256), p: probability.default(0.5) })

/**
 * Inverts the bytes from a threshold up, with probability p. torchvision: `v2.RandomSolarize(threshold, p)`.
 * @param threshold the least byte that is inverted, from 0 (all) to 256 (none)
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomSolarize(
  threshold: number,
  options: { p?: number | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ threshold: true }), { threshold }, 'randomSolarize'),
    ...checkOptions(schema.omit({ threshold: true }), options, 'randomSolarize'),
  }
  return byChance('randomSolarize', checked, (image) => solarize(image, checked.threshold))
}

export const solarize = (image: RgbImage, threshold: number): RgbImage =>
  lookUp(
    image,
    byteTable((byte) => (byte < threshold ? byte : 255 - byte)),
  )
