import { heightOf, type Picture, picture, widthOf } from './picture.js'

/**
 * Bilinear resampling with antialiasing, equal to Pillow's `Image.resize(size, BILINEAR)` to the bit: two passes of
 * fixed-point convolution, rows first, rounded to bytes in between
 * (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c).
 */
export function resample(image: Picture, height: number, width: number): Picture {
  const [fromHeight, fromWidth] = [heightOf(image), widthOf(image)]
  const result = new Uint8Array(height * width * 3)
  const narrow = height === fromHeight ? result : scratchOf(fromHeight * width * 3)
  resampleRows(image, width, kernels(fromWidth, width), narrow)
  if (narrow !== result) resampleColumns(narrow, width * 3, height, kernels(fromHeight, height), result)
  return picture(result, height, width)
}

/** What lies between the passes is kept: on a virtual machine fresh memory costs more time than the arithmetic. */
let scratch = new Uint8Array(0)
const mostScratch = 2 ** 24

function scratchOf(length: number): Uint8Array {
  if (length > mostScratch) return new Uint8Array(length)
  if (length > scratch.length) scratch = new Uint8Array(length)
  return scratch
}

/** For each place of a resampled line: the first source place, how many there are, and their weights in 22-bit fixed point. */
interface Kernels {
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weights: Int32Array
  /** Weights of place i begin at i * stride. */
  readonly stride: number
}

/** Bits behind the point: 32 less 8 of the byte and 2 of headroom, Pillow's PRECISION_BITS. */
const precision = 22
const half = 1 << (precision - 1)

/** Tables by lengths, the least recently used first, without enormous ones. Random crops come in a few hundred lengths. */
const known = new Map<number, Kernels>()
const mostKnown = 1024
const mostWeights = 2 ** 16

function kernels(from: number, to: number): Kernels {
  const key = from * 2 ** 26 + to
  const table = known.get(key) ?? makeKernels(from, to)
  known.delete(key)
  if (table.weights.length <= mostWeights) known.set(key, table)
  if (known.size > mostKnown) known.delete(known.keys().next().value!)
  return table
}

function makeKernels(from: number, to: number): Kernels {
  const scale = from / to
  const support = Math.max(scale, 1)
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Int32Array(to * stride)
  const exact = new Float64Array(stride)
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale
    const start = Math.max(Math.trunc(center - support + 0.5), 0)
    const length = Math.min(Math.trunc(center + support + 0.5), from) - start
    let sum = 0
    for (let k = 0; k < length; k++) {
      const weight = Math.max(1 - Math.abs((k + start - center + 0.5) / support), 0)
      exact[k] = weight
      sum += weight
    }
    for (let k = 0; k < length; k++) weights[i * stride + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << precision))
    first[i] = start
    count[i] = length
  }
  return { first, count, weights, stride }
}

/** Each row from the picture's width to `width`: row-major RGB bytes, as many rows as before. */
function resampleRows(image: Picture, width: number, table: Kernels, result: Uint8Array): void {
  const { data, offset } = image
  const [row, column, channel] = image.stride as [number, number, number]
  const height = heightOf(image)
  const { first, count, weights, stride } = table
  let to = 0
  for (let y = 0; y < height; y++) {
    const start = offset + y * row
    for (let x = 0; x < width; x++) {
      let from = start + first[x]! * column
      let red = half
      let green = half
      let blue = half
      const end = x * stride + count[x]!
      for (let k = x * stride; k < end; k++, from += column) {
        const weight = weights[k]!
        red = (red + Math.imul(data[from]!, weight)) | 0
        green = (green + Math.imul(data[from + channel]!, weight)) | 0
        blue = (blue + Math.imul(data[from + 2 * channel]!, weight)) | 0
      }
      result[to++] = red >> precision
      result[to++] = green >> precision
      result[to++] = blue >> precision
    }
  }
}

/** Each column of row-major bytes to `height`; a row has `length` bytes. */
function resampleColumns(data: Uint8Array, length: number, height: number, table: Kernels, result: Uint8Array): void {
  const { first, count, weights, stride } = table
  for (let y = 0; y < height; y++) {
    const begin = y * stride
    const end = begin + count[y]!
    const top = first[y]! * length
    const to = y * length
    // Three bytes of a row at once (a row is whole pixels), so that a weight is read once for them.
    for (let x = 0; x < length; x += 3) {
      let a = half
      let b = half
      let c = half
      for (let k = begin, from = top + x; k < end; k++, from += length) {
        const weight = weights[k]!
        a = (a + Math.imul(data[from]!, weight)) | 0
        b = (b + Math.imul(data[from + 1]!, weight)) | 0
        c = (c + Math.imul(data[from + 2]!, weight)) | 0
      }
      result[to + x] = a >> precision
      result[to + x + 1] = b >> precision
      result[to + x + 2] = c >> precision
    }
  }
}
