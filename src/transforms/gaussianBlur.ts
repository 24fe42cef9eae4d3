import * as z from 'zod'
import { checkOptions } from '../options.js'
import { convolve, gaussianWeights } from './gaussian.js'
import { positiveRange, type Range } from './options.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { roundHalfEven } from './round.js'
import { builtIn, type Transform } from './transform.js'

const odd = z
  .number()
  .int()
  .min(1)
  .max(1023)
  .refine((size) => size % 2 === 1)
const schema = z.strictObject({
  kernelSize: z.union([odd, z.tuple([odd, odd]).readonly()], {
    error: 'an odd number from 1 to 1023 or [across, down] of such',
  }),
  sigma: z
    .union([z.number().positive(), positiveRange], { error: 'a number above 0 or [min, max] of such' })
    .default([0.1, 2]),
})

/**
 * Blurs an image by a Gaussian of random width. torchvision: `v2.GaussianBlur(kernel_size, sigma)`. The image is
 * mirrored beyond its edges.
 * @param kernelSize the side of the square of pixels that each new pixel is the mean of, odd; or [across, down]
 * @param options.sigma the Gaussian's standard deviation in pixels: a number, or uniform in [min, max]. Default [0.1, 2]
 * @throws FineTuneError 'options/invalid'
 */
export function gaussianBlur(
  kernelSize: number | readonly [across: number, down: number],
  options: { sigma?: number | Range | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ kernelSize: true }), { kernelSize }, 'gaussianBlur'),
    ...checkOptions(schema.omit({ kernelSize: true }), options, 'gaussianBlur'),
  }
  const [across, down] =
    typeof checked.kernelSize === 'number' ? [checked.kernelSize, checked.kernelSize] : checked.kernelSize
  const [min, max] = typeof checked.sigma === 'number' ? [checked.sigma, checked.sigma] : checked.sigma
  return builtIn({
    name: 'gaussianBlur',
    options: checked,
    apply(image, random) {
      const sigma = random.uniform(min, max)
      return blur(image, gaussianWeights(across, sigma), gaussianWeights(down, sigma))
    },
  })
}

function blur(image: RgbImage, across: Float64Array, down: Float64Array): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const { data } = contiguousImage(image)
  const means = convolve({ data, width, channels: 3 }, across, down)
  for (let i = 0; i < means.length; i++) data[i] = roundHalfEven(means[i]!)
  return rgbImage(data, height, width)
}
