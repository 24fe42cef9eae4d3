import * as z from 'zod'
import { checkOptions } from '../options.js'
import { permutation, type Random } from '../random.js'
import { blendByte } from './blend.js'
import { luma } from './grayscale.js'
import { turnHue } from './hsv.js'
import type { Range } from './options.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

type Jitter = number | Range

const factor = z.union([z.number().min(0), z.tuple([z.number().min(0), z.number().min(0)]).readonly()], {
  error: 'a number from 0 up or [min, max]',
})
const hue = z.union([z.number().min(0).max(0.5), z.tuple([z.number().min(-0.5), z.number().max(0.5)]).readonly()], {
  error: 'a number from 0 to 0.5 or [min, max] within [-0.5, 0.5]',
})
const schema = z.strictObject({
  brightness: factor.default(0),
  contrast: factor.default(0),
  saturation: factor.default(0),
  hue: hue.default(0),
})

/**
 * Changes brightness, contrast, saturation and hue by random factors, in random order. torchvision: `v2.ColorJitter`.
 * @param options.brightness a number x: factor uniform in [max(0, 1 - x), 1 + x]; or [min, max]. Default 0
 * @param options.contrast as brightness
 * @param options.saturation as brightness
 * @param options.hue a number x: uniform in [-x, x] of the colour circle; or [min, max]; within 0.5. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function colorJitter(
  options: { [K in 'brightness' | 'contrast' | 'saturation' | 'hue']?: Jitter | undefined } = {},
): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'colorJitter')
  return builtIn({
    name: 'colorJitter',
    options: checked,
    apply(image, random) {
      const order = permutation(4, random)
      const changes = [
        change(brighten, around1(checked.brightness), 1, random),
        change(contrast, around1(checked.contrast), 1, random),
        change(saturate, around1(checked.saturation), 1, random),
        change(shiftHue, around0(checked.hue), 0, random),
      ]
      const { data } = contiguousImage(image)
      for (const i of order) changes[i]!(data)
      return rgbImage(data, heightOf(image), widthOf(image))
    },
  })
}

const around1 = (jitter: Jitter): Range => (typeof jitter === 'number' ? [Math.max(0, 1 - jitter), 1 + jitter] : jitter)
const around0 = (jitter: Jitter): Range => (typeof jitter === 'number' ? [-jitter, jitter] : jitter)

/**
 * Returns a change by a random factor. A range of only the neutral value is no change at all: not even a rounding by
 * HSV.
 */
function change(by: (data: Uint8Array, factor: number) => void, [min, max]: Range, neutral: number, random: Random) {
  const factor = random.uniform(min, max)
  return (data: Uint8Array) => {
    if (min !== neutral || max !== neutral) by(data, factor)
  }
}

export const brighten = (data: Uint8Array, factor: number): void => blend(data, factor, () => 0)

/** Blends with the mean grey of the whole image. */
export function contrast(data: Uint8Array, factor: number): void {
  let sum = 0
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i]!, data[i + 1]!, data[i + 2]!)
  const mean = Math.trunc(sum / (data.length / 3) + 0.5)
  blend(data, factor, () => mean)
}

/** Blends with the pixel's own grey. */
export const saturate = (data: Uint8Array, factor: number): void => blend(data, factor, luma)

/** Shifts the hue by the integer part of factor * 255, as torchvision. */
export const shiftHue = (data: Uint8Array, factor: number): void => turnHue(data, Math.trunc(factor * 255))

/** Blends with a grey base, as Pillow's `Image.blend(base, image, factor)`. */
function blend(data: Uint8Array, factor: number, baseOf: (red: number, green: number, blue: number) => number): void {
  const alpha = Math.fround(factor)
  for (let i = 0; i < data.length; i += 3) {
    const base = baseOf(data[i]!, data[i + 1]!, data[i + 2]!)
    for (let c = i; c < i + 3; c++) data[c] = blendByte(base, data[c]!, alpha)
  }
}
