import * as z from 'zod'
import { checkOptions } from '../options.js'
import type { Random } from '../random.js'
import { positiveRange, type Range, type Size, sides, size as sizeSchema } from './options.js'
import { resizedCrop } from './resize.js'
import { type Box, heightOf, type RgbImage, widthOf } from './rgbImage.js'
import { roundHalfEven } from './round.js'
import { builtIn, type Transform } from './transform.js'

const schema = z.strictObject({
  size: sizeSchema,
  scale: positiveRange.default([0.08, 1]),
  ratio: positiveRange.default([3 / 4, 4 / 3]),
})

/**
 * Crops a random part of random area and aspect ratio and resizes it. torchvision: `v2.RandomResizedCrop(size, scale, ratio)`.
 * @param size side or [height, width] of the result in pixels
 * @param options.scale area of the crop, as a share of the image's area, uniform in [min, max]. Default [0.08, 1]
 * @param options.ratio width / height of the crop, log-uniform in [min, max]. Default [3/4, 4/3]
 * @throws FineTuneError 'options/invalid'
 */
export function randomResizedCrop(
  size: Size,
  options: { scale?: Range | undefined; ratio?: Range | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ size: true }), { size }, 'randomResizedCrop'),
    ...checkOptions(schema.omit({ size: true }), options, 'randomResizedCrop'),
  }
  const [height, width] = sides(checked.size)
  return builtIn({
    name: 'randomResizedCrop',
    options: checked,
    apply(image, random) {
      const box = cropBox(heightOf(image), widthOf(image), checked.scale, checked.ratio, random)
      return resizedCrop(image, box, height, width)
    },
  })
}

/**
 * Draws a box in ten attempts, then takes the largest central crop of an allowed ratio: torchvision's
 * `RandomResizedCrop.make_params`.
 */
export function cropBox(height: number, width: number, scale: Range, ratio: Range, random: Random): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * random.uniform(scale[0], scale[1])
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])))
    const w = roundHalfEven(Math.sqrt(area * aspect))
    const h = roundHalfEven(Math.sqrt(area / aspect))
    if (0 < w && w <= width && 0 < h && h <= height) {
      const top = random.integer(0, height - h)
      return { top, left: random.integer(0, width - w), height: h, width: w }
    }
  }
  return centralBox(height, width, ratio)
}

function centralBox(height: number, width: number, [narrowest, widest]: Range): Box {
  const aspect = width / height
  const h = aspect < narrowest ? roundHalfEven(width / narrowest) : height
  const w = aspect > widest ? roundHalfEven(height * widest) : width
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w }
}
