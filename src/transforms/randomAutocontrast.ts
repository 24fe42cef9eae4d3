import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { byteTable, lookUpByHistogram, unchangedBytes } from './byteTables.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.5) })

/**
 * Stretches each channel to the whole range 0 to 255, with probability p. torchvision: `v2.RandomAutocontrast(p)`.
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomAutocontrast(options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  return byChance('randomAutocontrast', checkOptions(schema, options, 'randomAutocontrast'), autocontrast)
}

/** Does Pillow's `ImageOps.autocontrast`: truncated, not rounded. */
export const autocontrast = (image: RgbImage): RgbImage =>
  lookUpByHistogram(image, (histogram) => {
    const isUsed = (count: number) => count > 0
    const [darkest, lightest] = [histogram.findIndex(isUsed), histogram.findLastIndex(isUsed)]
    if (lightest <= darkest) return unchangedBytes
    const scale = 255 / (lightest - darkest)
    const offset = -darkest * scale
    return byteTable((byte) => Math.min(Math.max(Math.trunc(byte * scale + offset), 0), 255))
  })
