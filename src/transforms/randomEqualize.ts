import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { lookUpByHistogram, unchangedBytes } from './byteTables.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.5) })

/**
 * Equalizes the histogram of each channel, with probability p. torchvision: `v2.RandomEqualize(p)`.
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomEqualize(options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  return byChance('randomEqualize', checkOptions(schema, options, 'randomEqualize'), equalize)
}

/**
 * Does Pillow's `ImageOps.equalize`, in whole numbers. A channel does not change if fewer than 255 of its pixels are
 * darker than its lightest ones.
 */
export const equalize = (image: RgbImage): RgbImage =>
  lookUpByHistogram(image, (histogram) => {
    const total = histogram.reduce((sum, count) => sum + count, 0)
    const step = Math.floor((total - (histogram.findLast((count) => count > 0) ?? 0)) / 255)
    if (step === 0) return unchangedBytes
    let below = Math.floor(step / 2)
    return Uint8Array.from(histogram, (count) => {
      const level = Math.min(Math.floor(below / step), 255)
      below += count
      return level
    })
  })
