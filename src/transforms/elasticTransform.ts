import * as z from 'zod'
import { borders } from '../onnx/graph/borders.js'
import { checkOptions } from '../options.js'
import type { Random } from '../random.js'
import { convolve, gaussianWeights } from './gaussian.js'
import { type Color, colorOf, type Fill, fill, type Interpolation, interpolation } from './options.js'
import { heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { roundHalfEven } from './round.js'
import { builtIn, type Transform } from './transform.js'

const strength = z.number().min(0)
const width = z.number().positive().max(127)
const howFar = z
  .union([strength, z.tuple([strength, strength]).readonly()], { error: 'a number from 0 up or [across, down]' })
  .default(50)
const schema = z.strictObject({
  alpha: howFar,
  sigma: z
    .union([width, z.tuple([width, width]).readonly()], { error: 'a number above 0, at most 127, or [across, down]' })
    .default(5),
  interpolation: interpolation.default('bilinear'),
  fill,
})
type Pair = readonly [across: number, down: number]

/**
 * Moves each pixel at random, its neighbours nearly as far, as if the image lay under moving water. torchvision:
 * `v2.ElasticTransform`.
 * @param options.alpha how far: with the default sigma, 50 moves a pixel by about one, 250 by about four. [across, down]
 *   or one number for both. Default 50
 * @param options.sigma how smoothly: the standard deviation in pixels of the Gaussian that evens out the random shifts.
 *   [across, down] or one number for both. Default 5
 * @param options.interpolation 'nearest' or 'bilinear'. Default 'bilinear'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function elasticTransform(
  options: {
    alpha?: number | Pair | undefined
    sigma?: number | Pair | undefined
    interpolation?: Interpolation | undefined
    fill?: Fill | undefined
  } = {},
): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'elasticTransform')
  const [most, sigma, color] = [both(checked.alpha), both(checked.sigma), colorOf(checked.fill)]
  return builtIn({
    name: 'elasticTransform',
    options: checked,
    apply(image, random) {
      const draw = () => drawNoise(heightOf(image) * widthOf(image), random)
      return elastic(image, shiftsOf(image, draw, most, sigma), checked.interpolation, color)
    },
  })
}

const both = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value)

const drawNoise = (length: number, random: Random): Float64Array =>
  new Float64Array(length).map(() => 2 * random.next() - 1)

/** The shifts of all pixels, row by row, in halves of the image's width and of its height. */
export interface Shifts {
  readonly across: Float64Array
  readonly down: Float64Array
}

/** Returns smooth shifts made from noise in -1..1. */
export function shiftsOf(image: RgbImage, draw: () => Float64Array, alpha: Pair, sigma: Pair): Shifts {
  const [height, width] = [heightOf(image), widthOf(image)]
  const smooth = (size: number) => {
    const grid = { data: draw(), width, channels: 1 }
    return convolve(grid, gaussianWeights(size, sigma[0]), gaussianWeights(size, sigma[1]))
  }
  const sizeFor = (deviation: number) => 2 * Math.floor(Math.trunc(8 * deviation + 1) / 2) + 1
  return {
    across: smooth(sizeFor(sigma[0])).map((value) => (value * alpha[0]) / width),
    down: smooth(sizeFor(sigma[1])).map((value) => (value * alpha[1]) / height),
  }
}

/** Shifts the pixels of an image. torchvision: `v2.functional.elastic`, which computes in float32. */
export function elastic(image: RgbImage, shifts: Shifts, interpolation: Interpolation, fill: Color): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const read = interpolation === 'nearest' ? readNearest : readBilinear
  const result = new Uint8Array(height * width * 3)
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const fromX = x + (shifts.across[i]! * width) / 2
      const fromY = y + (shifts.down[i]! * height) / 2
      read(image, fromX, fromY, fill, result, 3 * i)
    }
  return rgbImage(result, height, width)
}

type Read = (image: RgbImage, x: number, y: number, fill: Color, result: Uint8Array, to: number) => void

const readNearest: Read = (image, x, y, fill, result, to) => {
  const [column, row] = [roundHalfEven(x), roundHalfEven(y)]
  const isInside = column >= 0 && column < widthOf(image) && row >= 0 && row < heightOf(image)
  for (let c = 0; c < 3; c++) result[to + c] = isInside ? image.get(row, column, c) : fill[c]!
}

/**
 * Reads between four pixels, those outside being 0. A pixel partly from outside is mixed with the fill by the share
 * inside once more, as in torchvision.
 */
const readBilinear: Read = (image, x, y, fill, result, to) => {
  const { data, offset, stride } = image
  const [height, width] = [heightOf(image), widthOf(image)]
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [x0, x1] = [within(left, width) * (1 - x + left), within(left + 1, width) * (x - left)]
  const [y0, y1] = [within(top, height) * (1 - y + top), within(top + 1, height) * (y - top)]
  const share = (x0 + x1) * (y0 + y1)
  // What is outside counts nothing, so any pixel will do.
  const [column0, column1] = [borders.edge(left, width) * stride[1]!, borders.edge(left + 1, width) * stride[1]!]
  const row0 = offset + borders.edge(top, height) * stride[0]!
  const row1 = offset + borders.edge(top + 1, height) * stride[0]!
  for (let c = 0; c < 3; c++) {
    const channel = c * stride[2]!
    const upper = x0 * data[row0 + column0 + channel]! + x1 * data[row0 + column1 + channel]!
    const lower = x0 * data[row1 + column0 + channel]! + x1 * data[row1 + column1 + channel]!
    result[to + c] = roundHalfEven((y0 * upper + y1 * lower - fill[c]!) * share + fill[c]!)
  }
}

/** Returns 1 inside a line, 0 outside. */
const within = (position: number, length: number): number => (position >= 0 && position < length ? 1 : 0)
