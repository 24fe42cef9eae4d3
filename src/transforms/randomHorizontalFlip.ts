import * as z from 'zod'
import { checkOptions } from '../options.js'
import { probability } from './options.js'
import type { RgbImage } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.5) })

/**
 * Mirrors an image left to right with probability p. torchvision: `v2.RandomHorizontalFlip(p)`.
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomHorizontalFlip(options: { p?: number | undefined } = {}): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'randomHorizontalFlip')
  return builtIn({
    name: 'randomHorizontalFlip',
    options: checked,
    apply: (image, random) => (random.next() < checked.p ? image.step(1, -1, 1) : image),
  })
}
