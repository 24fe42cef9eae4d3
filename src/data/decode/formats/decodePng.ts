import type { ImageFile } from './ImageFile.js'
import { bitsOfPixel, inflatePixels, passesOf, rowBytes } from './pngPixels.js'
import { unfilter } from './unfilter.js'

/** Colour types whose pixels have three colours; the others are grey. */
const COLOURS = [2, 6]

/**
 * Decodes a PNG of 8 or 16 bits without a palette to RGB, as Pillow does: alpha dropped, 16-bit grey clipped at 255,
 * other 16-bit samples to their high byte.
 *
 * @throws Error if the data is damaged or ends before its pixels do
 */
export async function decodePng(file: ImageFile): Promise<Uint8Array> {
  const data = await inflatePixels(file)
  const bits = bitsOfPixel(file.bytes)
  const result = new Uint8Array(file.width * file.height * 3)
  const read = readerOf(file, bits / 8)
  let at = 0
  for (const { left, top, across, down, columns, rows } of passesOf(file)) {
    const length = rowBytes(columns, bits)
    let above: Uint8Array = new Uint8Array(length - 1)
    for (let y = top; y < top + rows * down; y += down, at += length) {
      const row = data.subarray(at + 1, at + length)
      unfilter(data[at]!, row, above, bits / 8)
      above = row
      read(row, result, (y * file.width + left) * 3, across * 3)
    }
  }
  return result
}

/** Returns the function that writes the pixels of a row to every `step`-th byte. */
function readerOf({ bytes, samples }: ImageFile, size: number) {
  const isDeep = bytes[24] === 16
  const isColour = COLOURS.includes(bytes[25]!)
  const next = isColour ? (isDeep ? 2 : 1) : 0
  const clips = samples === 'grey-16'
  return (row: Uint8Array, result: Uint8Array, from: number, step: number): void => {
    for (let at = 0, to = from; at < row.length; at += size, to += step) {
      const first = clips && row[at]! > 0 ? 255 : row[clips ? at + 1 : at]!
      result[to] = first
      result[to + 1] = next ? row[at + next]! : first
      result[to + 2] = next ? row[at + 2 * next]! : first
    }
  }
}
