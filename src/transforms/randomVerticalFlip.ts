import * as z from 'zod'
import { checkOptions } from '../options.js'
import { byChance } from './byChance.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.5) })

/**
 * Mirrors an image top to bottom with probability p. torchvision: `v2.RandomVerticalFlip(p)`.
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomVerticalFlip(options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'randomVerticalFlip')
  return byChance('randomVerticalFlip', checked, (image) => image.step(-1, 1, 1))
}
