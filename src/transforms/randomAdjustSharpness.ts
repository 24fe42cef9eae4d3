import * as z from 'zod'
import { checkOptions } from '../options.js'
import { blendByte } from './blend.js'
import { byChance } from './byChance.js'
import { probability } from './options.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ sharpnessFactor: z.number().min(0), p: probability.default(0.5) })

/**
 * Sharpens or blurs an image with probability p. torchvision: `v2.RandomAdjustSharpness(sharpness_factor, p)`.
 * @param sharpnessFactor 0 blurs, 1 changes nothing, 2 sharpens as much as 0 blurs
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomAdjustSharpness(
  sharpnessFactor: number,
  options: { p?: number | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ sharpnessFactor: true }), { sharpnessFactor }, 'randomAdjustSharpness'),
    ...checkOptions(schema.omit({ sharpnessFactor: true }), options, 'randomAdjustSharpness'),
  }
  return byChance('randomAdjustSharpness', checked, (image) => adjustSharpness(image, checked.sharpnessFactor))
}

/** Blends with the smoothed image, as Pillow's `ImageEnhance.Sharpness`. The outermost pixels do not change. */
export function adjustSharpness(image: RgbImage, factor: number): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const { data } = contiguousImage(image)
  const result = data.slice()
  const alpha = Math.fround(factor)
  const row = width * 3
  for (let y = 1; y < height - 1; y++)
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) result[i] = blendByte(smooth(data, i, row), data[i]!, alpha)
  return rgbImage(result, height, width)
}

/**
 * Computes a byte of Pillow's `ImageFilter.SMOOTH`: 13ths of the neighbours, five of the byte itself, rounded. Pillow
 * computes in float32, but a multiple of 1/13 is never close enough to a half for that to matter.
 */
function smooth(data: Uint8Array, i: number, row: number): number {
  const [above, below] = [i - row, i + row]
  const corners = data[above - 3]! + data[above + 3]! + data[below - 3]! + data[below + 3]!
  const sum = corners + data[above]! + data[below]! + data[i - 3]! + data[i + 3]! + 5 * data[i]!
  return Math.floor(sum / 13 + 0.5)
}
