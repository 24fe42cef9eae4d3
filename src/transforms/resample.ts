import { half, type Kernels, kernels, precision } from './kernels.js'
import { type Box, cropImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'

/**
 * Resamples bilinearly with antialiasing, equal to Pillow's `Image.resize(size, BILINEAR)` to the bit: two passes of
 * fixed-point convolution, rows first, rounded to bytes in between
 * (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c).
 * @param part the part of the result to compute. Default: all. The rest is not computed and needs no memory
 */
export function resample(image: RgbImage, height: number, width: number, part: Box = whole(height, width)): RgbImage {
  const across = kernels(widthOf(image), width, part.left, part.width)
  const down = kernels(heightOf(image), height, part.top, part.height)
  const result = new Uint8Array(part.height * part.width * 3)
  const { above, needed } = rowsFor(image, height, part, down)
  const between = heightOf(needed) * part.width * 3
  if (height === heightOf(image)) resampleRows(needed, part.width, across, result)
  else if (between > mostBetween) resampleInBands(image, part.width * 3, across, down, result)
  else {
    const narrow = scratchOf(between)
    resampleRows(needed, part.width, across, narrow)
    resampleColumns(narrow, above, part.width * 3, down, result)
  }
  return rgbImage(result, part.height, part.width)
}

const whole = (height: number, width: number): Box => ({ top: 0, left: 0, height, width })

/** Returns the rows of an image that affect the part, and the index of the first. */
function rowsFor(image: RgbImage, to: number, part: Box, { first, count }: Kernels) {
  const stays = to === heightOf(image)
  const above = stays ? part.top : first[0]!
  const height = stays ? part.height : first.at(-1)! + count.at(-1)! - above
  return { above, needed: cropImage(image, { top: above, left: 0, height, width: widthOf(image) }) }
}

/** A reused buffer between the passes: on a virtual machine fresh memory costs more time than the arithmetic. */
let scratch = new Uint8Array(0)
const mostScratch = 2 ** 24
/** The most bytes between the passes: above that an image of a million rows is resampled in bands. */
const mostBetween = 2 ** 27

function scratchOf(length: number): Uint8Array {
  if (length > mostScratch) return new Uint8Array(length)
  if (length > scratch.length) scratch = new Uint8Array(length)
  return scratch
}

/**
 * Resamples row after row of the result, with a few thousand rows of the image at a time: the same sums in little
 * memory.
 */
function resampleInBands(image: RgbImage, length: number, across: Kernels, down: Kernels, result: Uint8Array): void {
  const { first, count, weights, stride } = down
  const band = Math.max(Math.floor(mostScratch / length), 1)
  const narrow = scratchOf(band * length)
  const sums = new Int32Array(length)
  for (let y = 0; y < first.length; y++) {
    sums.fill(half)
    for (let done = 0; done < count[y]!; done += band) {
      const height = Math.min(band, count[y]! - done)
      const rows = cropImage(image, { top: first[y]! + done, left: 0, height, width: widthOf(image) })
      resampleRows(rows, length / 3, across, narrow)
      for (let k = 0; k < height; k++) {
        const weight = weights[y * stride + done + k]!
        for (let x = 0; x < length; x++) sums[x] = sums[x]! + Math.imul(narrow[k * length + x]!, weight)
      }
    }
    for (let x = 0; x < length; x++) result[y * length + x] = sums[x]! >> precision
  }
}

/** Resamples each row from the image's width to `width`: row-major RGB bytes, the same number of rows. */
function resampleRows(image: RgbImage, width: number, table: Kernels, result: Uint8Array): void {
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

/**
 * Resamples each column of row-major bytes, whose first row is row `above` of the image; a row has `length` bytes.
 */
function resampleColumns(data: Uint8Array, above: number, length: number, table: Kernels, result: Uint8Array): void {
  const { first, count, weights, stride } = table
  for (let y = 0; y < first.length; y++) {
    const begin = y * stride
    const end = begin + count[y]!
    const top = (first[y]! - above) * length
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
