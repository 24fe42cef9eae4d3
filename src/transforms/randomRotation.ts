import * as z from 'zod'
import { checkOptions } from '../options.js'
import { heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

type Degrees = number | readonly [min: number, max: number]

const byte = z.number().int().min(0).max(255)
const schema = z.strictObject({
  degrees: z.union([z.number().min(0), z.tuple([z.number(), z.number()]).readonly()], {
    error: 'a number from 0 up or [min, max]',
  }),
  fill: z.union([byte, z.tuple([byte, byte, byte]).readonly()], { error: 'a byte or [red, green, blue]' }).default(0),
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
  options: { fill?: number | readonly [number, number, number] | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ degrees: true }), { degrees }, 'randomRotation'),
    ...checkOptions(schema.omit({ degrees: true }), options, 'randomRotation'),
  }
  const [min, max] = typeof checked.degrees === 'number' ? [-checked.degrees, checked.degrees] : checked.degrees
  const fill = typeof checked.fill === 'number' ? [checked.fill, checked.fill, checked.fill] : checked.fill
  return builtIn({
    name: 'randomRotation',
    options: checked,
    apply: (image, random) => rotate(image, random.uniform(min, max), fill),
  })
}

/**
 * Rotates as Pillow's `Image.rotate(degrees)`: an affine map in 16-bit fixed point from each position of the result.
 */
export function rotate(image: RgbImage, degrees: number, fill: readonly number[]): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const { stepX, stepY, startX, startY } = affine(degrees, height, width)
  const { data, offset } = image
  const [row, column, channel] = image.stride as [number, number, number]
  const result = new Uint8Array(height * width * 3)
  for (let y = 0, to = 0; y < height; y++) {
    let atX = startX - y * stepY
    let atY = startY + y * stepX
    for (let x = 0; x < width; x++, to += 3) {
      const [fromX, fromY] = [atX >> 16, atY >> 16]
      const inside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height
      const from = offset + fromY * row + fromX * column
      for (let c = 0; c < 3; c++) result[to + c] = inside ? data[from + c * channel]! : fill[c]!
      atX += stepX
      atY += stepY
    }
  }
  return rgbImage(result, height, width)
}

/** Returns the origin of the result's first pixel, and the offset of one step to the right, in 65536ths of a pixel. */
function affine(degrees: number, height: number, width: number) {
  const angle = (-(((degrees % 360) + 360) % 360) * Math.PI) / 180
  const round15 = (value: number) => Number(value.toFixed(15))
  const [cos, sin] = [round15(Math.cos(angle)), round15(Math.sin(angle))]
  const [centerX, centerY] = [width / 2, height / 2]
  const x = centerX - cos * centerX - sin * centerY
  const y = centerY + sin * centerX - cos * centerY
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5)
  return {
    stepX: fixed(cos),
    stepY: fixed(-sin),
    startX: fixed(x + cos * 0.5 + sin * 0.5),
    startY: fixed(y - sin * 0.5 + cos * 0.5),
  }
}
