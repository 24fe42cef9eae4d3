import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { byteTable, lookUp } from './byteTables.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ bits: z.number().int().min(0).max(8), p: probability.default(0.5) })

/**
 * Keeps only the highest bits of each byte, with probability p. torchvision: `v2.RandomPosterize(bits, p)`.
 * @param bits the number of bits to keep, 0 to 8
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomPosterize(bits: number, options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ bits: true }), { bits }, 'randomPosterize'),
    ...checkOptions(schema.omit({ bits: true }), options, 'randomPosterize'),
  }
  return byChance('randomPosterize', checked, (image) => posterize(image, checked.bits))
}

export function posterize(image: RgbImage, bits: number): RgbImage {
  const dropped = 2 ** (8 - bits) - 1
  return lookUp(
    image,
    byteTable((byte) => byte & ~dropped),
  )
}
