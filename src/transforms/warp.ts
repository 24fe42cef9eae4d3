import type { Color, Interpolation } from './options.js'
import { heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'

/** Writes to `at` the position [x, y] in the image of the middle (x, y) of a pixel of the result, all in pixels. */
export type Place = (x: number, y: number, at: Float64Array) => void

/** An affine map of positions: (x, y) to (a x + b y + c, d x + e y + f). */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/**
 * Warps an image: each pixel of the result is read where `place` says. Pixels from outside the image become `fill`.
 * Pillow: `Image.transform` (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Geometry.c).
 */
export function warp(image: RgbImage, place: Place, interpolation: Interpolation, fill: Color): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const read = interpolation === 'nearest' ? readNearest : readBilinear
  const result = filled(height, width, fill)
  const at = new Float64Array(2)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 3) {
      place(x + 0.5, y + 0.5, at)
      const [fromX, fromY] = [at[0]!, at[1]!]
      // Not the opposite condition: a position may be no number at all.
      if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) read(image, fromX, fromY, result, to)
    }
  return rgbImage(result, height, width)
}

function filled(height: number, width: number, [red, green, blue]: Color): Uint8Array {
  const bytes = new Uint8Array(height * width * 3)
  for (let i = 0; i < bytes.length; i += 3) {
    bytes[i] = red
    bytes[i + 1] = green
    bytes[i + 2] = blue
  }
  return bytes
}

function readNearest({ data, offset, stride }: RgbImage, x: number, y: number, result: Uint8Array, to: number): void {
  const from = offset + Math.floor(y) * stride[0]! + Math.floor(x) * stride[1]!
  for (let c = 0; c < 3; c++) result[to + c] = data[from + c * stride[2]!]!
}

/** Reads between four pixels in float64, truncated as Pillow does. Half a pixel at the edges has their colour. */
function readBilinear(image: RgbImage, x: number, y: number, result: Uint8Array, to: number): void {
  const { data, offset, stride } = image
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)]
  const [right, below] = [x - 0.5 - left, y - 0.5 - top]
  const x0 = Math.max(left, 0) * stride[1]!
  const x1 = Math.min(left + 1, widthOf(image) - 1) * stride[1]!
  const row0 = offset + Math.max(top, 0) * stride[0]!
  const row1 = offset + Math.min(top + 1, heightOf(image) - 1) * stride[0]!
  for (let c = 0; c < 3; c++) {
    const channel = c * stride[2]!
    const upper = between(data[row0 + x0 + channel]!, data[row0 + x1 + channel]!, right)
    const lower = between(data[row1 + x0 + channel]!, data[row1 + x1 + channel]!, right)
    result[to + c] = between(upper, lower, below)
  }
}

const between = (a: number, b: number, share: number): number => a + (b - a) * share

/** Warps an image by an affine map. */
export function warpAffine(image: RgbImage, matrix: Matrix, interpolation: Interpolation, fill: Color): RgbImage {
  if (interpolation === 'nearest') return walk(image, matrix, fill)
  const [a, b, c, d, e, f] = matrix
  const place: Place = (x, y, at) => {
    at[0] = a * x + b * y + c
    at[1] = d * x + e * y + f
  }
  return warp(image, place, interpolation, fill)
}

/**
 * Reads the nearest pixels along the rows of the result, step by step: in 16-bit fixed point where that is enough, as
 * Pillow.
 */
function walk(image: RgbImage, matrix: Matrix, fill: Color): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const { a, b, d, e, x: firstX, y: firstY } = stepsOf(matrix, height, width)
  const result = filled(height, width, fill)
  let [rowX, rowY] = [firstX, firstY]
  for (let y = 0, to = 0; y < height; y++, rowX += b, rowY += e) {
    let [x, y] = [rowX, rowY]
    for (let column = 0; column < width; column++, to += 3, x += a, y += d)
      if (x >= 0 && x < width && y >= 0 && y < height) readNearest(image, x, y, result, to)
  }
  return rgbImage(result, height, width)
}

/** Returns the position of the result's first pixel in the image, and the steps along a row and to the next one. */
function stepsOf(matrix: Matrix, height: number, width: number) {
  const [a, b, c, d, e, f] = matrix
  const inFixedPoint = (b !== 0 || d !== 0) && isNear(matrix, height, width)
  const round = (value: number) => (inFixedPoint ? Math.floor(value * 65536 + 0.5) / 65536 : value)
  const [x, y] = inFixedPoint
    ? [c + a * 0.5 + b * 0.5, f + d * 0.5 + e * 0.5]
    : [c + b * 0.5 + a * 0.5, f + e * 0.5 + d * 0.5]
  return { a: round(a), b: round(b), d: round(d), e: round(e), x: round(x), y: round(y) }
}

/** Tells whether the corners of the result are read at positions that 16 bits can hold. */
const isNear = ([a, b, c, d, e, f]: Matrix, height: number, width: number): boolean =>
  [0, width].every((x) =>
    [0, height].every((y) => Math.abs(x * a + y * b + c) < 32768 && Math.abs(x * d + y * e + f) < 32768),
  )
