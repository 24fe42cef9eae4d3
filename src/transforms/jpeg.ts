import * as z from 'zod'
import { checkOptions } from '../options.js'
import { loseInBlock } from './jpegBlocks.js'
import { tablesOf } from './jpegTables.js'
import type { Range } from './options.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

const whole = z.number().int().min(1).max(100)
const expected = 'a whole number from 1 to 100 or [min, max] of such'
const schema = z.strictObject({
  quality: z.union(
    [
      whole,
      z
        .tuple([whole, whole])
        .refine(([min, max]) => min <= max, expected)
        .readonly(),
    ],
    { error: expected },
  ),
})

/**
 * Gives an image the losses of JPEG. torchvision: `v2.JPEG(quality)`. No file is made: the pixels are those that libjpeg
 * writes and reads again, with colours at half the resolution (4:2:0).
 * @param quality from 1 to 100, libjpeg's: a whole number, or one drawn from [min, max]
 * @throws FineTuneError 'options/invalid'
 */
export function jpeg(quality: number | Range): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, { quality }, 'jpeg')
  const [min, max] = typeof checked.quality === 'number' ? [checked.quality, checked.quality] : checked.quality
  return builtIn({
    name: 'jpeg',
    options: checked,
    apply: (image, random) => throughJpeg(image, random.integer(min, max)),
  })
}

/** One value for each pixel, row by row. */
interface Plane {
  readonly data: Uint8ClampedArray
  readonly height: number
  readonly width: number
}

function throughJpeg(image: RgbImage, quality: number): RgbImage {
  const { luminance, chrominance } = tablesOf(quality)
  const [y, ...differences] = toPlanes(image)
  lose(y, luminance)
  const [cb, cr] = differences.map((plane) => {
    const halved = halve(plane)
    lose(halved, chrominance)
    return double(halved, plane)
  }) as [Plane, Plane]
  return toImage(y, cb, cr)
}

/** Returns a factor of JFIF with 16 bits after the point, as libjpeg has it. */
const fixed = (factor: number): number => Math.round(factor * 2 ** 16)
const [HALF, MIDDLE] = [2 ** 15, 2 ** 23]
const Y = [fixed(0.299), fixed(0.587), fixed(0.114)] as const
const CB = [fixed(0.16874), fixed(0.33126), fixed(0.5)] as const
const CR = [fixed(0.5), fixed(0.41869), fixed(0.08131)] as const
const [R_CR, G_CB, G_CR, B_CB] = [fixed(1.402), fixed(0.34414), fixed(0.71414), fixed(1.772)]

/** Returns luminance and colour differences, Y, Cb and Cr. */
function toPlanes(image: RgbImage): [Plane, Plane, Plane] {
  const [height, width] = [heightOf(image), widthOf(image)]
  const { data } = contiguousImage(image)
  const [y, cb, cr] = [0, 1, 2].map(() => new Uint8ClampedArray(height * width)) as [
    Uint8ClampedArray,
    Uint8ClampedArray,
    Uint8ClampedArray,
  ]
  for (let i = 0; i < y.length; i++) {
    const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!]
    y[i] = (Y[0] * r + Y[1] * g + Y[2] * b + HALF) >> 16
    cb[i] = (CB[2] * b - CB[0] * r - CB[1] * g + MIDDLE + HALF - 1) >> 16
    cr[i] = (CR[0] * r - CR[1] * g - CR[2] * b + MIDDLE + HALF - 1) >> 16
  }
  return [y, cb, cr].map((values) => ({ data: values, height, width })) as [Plane, Plane, Plane]
}

function toImage(y: Plane, cb: Plane, cr: Plane): RgbImage {
  const rgb = new Uint8ClampedArray(3 * y.data.length)
  for (let i = 0; i < y.data.length; i++) {
    const [luminance, blue, red] = [y.data[i]!, cb.data[i]! - 128, cr.data[i]! - 128]
    rgb[3 * i] = luminance + ((R_CR * red + HALF) >> 16)
    rgb[3 * i + 1] = luminance + ((HALF - G_CB * blue - G_CR * red) >> 16)
    rgb[3 * i + 2] = luminance + ((B_CB * blue + HALF) >> 16)
  }
  return rgbImage(new Uint8Array(rgb.buffer), y.height, y.width)
}

/** Quantises the blocks of a plane in place. Beyond its edges it repeats the outermost values. */
function lose({ data, height, width }: Plane, steps: Uint8Array): void {
  const block = new Int32Array(64)
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8) {
      for (let i = 0; i < 64; i++) {
        const [y, x] = [Math.min(top + (i >> 3), height - 1), Math.min(left + (i & 7), width - 1)]
        block[i] = data[y * width + x]! - 128
      }
      loseInBlock(block, steps)
      for (let y = top; y < Math.min(top + 8, height); y++)
        for (let x = left; x < Math.min(left + 8, width); x++)
          data[y * width + x] = block[8 * (y - top) + x - left]! + 128
    }
}

/**
 * Returns the means of squares of 4 pixels, rounded up and down in turns, as many as fill whole blocks across: beyond
 * the right edge the outermost pixels are repeated, and their means are rounded in turns as well.
 */
function halve({ data, height, width }: Plane): Plane {
  const half = { height: (height + 1) >> 1, width: 8 * Math.ceil(width / 16) }
  const means = new Uint8ClampedArray(half.height * half.width)
  for (let y = 0; y < half.height; y++) {
    const [above, below] = [2 * y * width, Math.min(2 * y + 1, height - 1) * width]
    for (let x = 0; x < half.width; x++) {
      const [left, right] = [Math.min(2 * x, width - 1), Math.min(2 * x + 1, width - 1)]
      const sum = data[above + left]! + data[above + right]! + data[below + left]! + data[below + right]!
      means[y * half.width + x] = (sum + 1 + (x & 1)) >> 2
    }
  }
  return { data: means, ...half }
}

/**
 * Returns a plane of twice the resolution: a value is 9/16 of the nearest one, 3/16 of the next ones across and down,
 * 1/16 of that beside both ("fancy upsampling"). libjpeg repeats the values of images that have at most 4 columns.
 */
function double({ data, height, width }: Plane, size: Pick<Plane, 'height' | 'width'>): Plane {
  const last = (size.width - 1) >> 1
  const values = new Uint8ClampedArray(size.height * size.width)
  for (let y = 0; y < size.height; y++) {
    const near = (y >> 1) * width
    const far = last > 1 ? Math.min(Math.max((y >> 1) + (y & 1 ? 1 : -1), 0), height - 1) * width : near
    for (let x = 0; x < size.width; x++) {
      const column = x >> 1
      const beside = last > 1 ? Math.min(Math.max(column + (x & 1 ? 1 : -1), 0), last) : column
      const sum = 9 * data[near + column]! + 3 * (data[far + column]! + data[near + beside]!) + data[far + beside]!
      values[y * size.width + x] = (sum + 8 - (x & 1)) >> 4
    }
  }
  return { data: values, height: size.height, width: size.width }
}
