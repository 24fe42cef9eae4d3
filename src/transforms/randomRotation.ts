import * as z from 'zod'
import { checkOptions } from '../options.js'
import { radians } from './angles.js'
import { type Color, colorOf, type Fill, fill as fillSchema, type Interpolation } from './options.js'
import { heightOf, type RgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'
import { warpAffine } from './warp.js'

type Degrees = number | readonly [min: number, max: number]

const schema = z.strictObject({
  degrees: z.union([z.number().min(0), z.tuple([z.number(), z.number()]).readonly()], {
    error: 'a number from 0 up or [min, max]',
  }),
  fill: fillSchema,
})

/**
 * Rotates an image about its centre, counter-clockwise, nearest pixel; the size is kept. torchvision:
 * `v2.RandomRotation`.
 * @param degrees a number x: the angle is uniform in [-x, x]; or [min, max]
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function randomRotation(
  degrees: Degrees,
  options: { fill?: Fill | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ degrees: true }), { degrees }, 'randomRotation'),
    ...checkOptions(schema.omit({ degrees: true }), options, 'randomRotation'),
  }
  const [min, max] = typeof checked.degrees === 'number' ? [-checked.degrees, checked.degrees] : checked.degrees
  const fill = colorOf(checked.fill)
  return builtIn({
    name: 'randomRotation',
    options: checked,
    apply: (image, random) => rotate(image, random.uniform(min, max), fill),
  })
}

/** Rotates as Pillow's `Image.rotate(degrees)`. */
export function rotate(
  image: RgbImage,
  degrees: number,
  fill: Color,
  interpolation: Interpolation = 'nearest',
): RgbImage {
  const [centerX, centerY] = [widthOf(image) / 2, heightOf(image) / 2]
  const angle = -radians(((degrees % 360) + 360) % 360)
  const round15 = (value: number) => Number(value.toFixed(15))
  const [cos, sin] = [round15(Math.cos(angle)), round15(Math.sin(angle))]
  const x = -cos * centerX - sin * centerY + centerX
  const y = sin * centerX - cos * centerY + centerY
  return warpAffine(image, [cos, sin, x, -sin, cos, y], interpolation, fill)
}
