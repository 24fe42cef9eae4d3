import type { ImageFile } from './ImageFile.js'
import { readDirectory, TAG, type Tags } from './tiffDirectory.js'
import { expandStrips } from './tiffStrips.js'

const [WHITE_IS_ZERO, RGB, PALETTE] = [0, 2, 3]

/** Decodes a TIFF that `checkPixels` accepted to RGB, as Pillow does: alpha dropped, palettes looked up. */
export async function decodeTiff({ bytes, width, height }: ImageFile): Promise<Uint8Array> {
  const tags = readDirectory(bytes)
  const first = (tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise
  const samples = first(TAG.samples, 1)
  const rows = await expandStrips(bytes, tags)
  const values = first(TAG.bits, 1) === 1 ? bitsOf(rows, width) : rows
  if (first(TAG.predictor, 1) === 2) sumDifferences(values, width * samples, samples)
  const look = lookUp(tags)
  const isColour = first(TAG.photometric, RGB) === RGB
  const result = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let colour = 0; colour < 3; colour++)
      result[pixel * 3 + colour] = look(values[pixel * samples + (isColour ? colour : 0)]!, colour)
  return result
}

/** Returns the function from a stored value to one of the three colours. */
function lookUp(tags: Tags): (value: number, colour: number) => number {
  const [photometric, bits] = [tags.get(TAG.photometric)?.[0], tags.get(TAG.bits)?.[0] ?? 1]
  const map = tags.get(TAG.colourMap)
  if (photometric === PALETTE) return (value, colour) => (map?.[colour * 2 ** bits + value] ?? 0) >> 8
  const scale = bits === 1 ? 255 : 1
  return photometric === WHITE_IS_ZERO ? (value) => 255 - value * scale : (value) => value * scale
}

/** Returns a value for each bit, the highest first; rows begin at whole bytes. */
function bitsOf(rows: Uint8Array, width: number): Uint8Array {
  const rowBytes = Math.ceil(width / 8)
  const values = new Uint8Array((rows.length / rowBytes) * width)
  for (let i = 0; i < values.length; i++) {
    const [y, x] = [Math.floor(i / width), i % width]
    values[i] = (rows[y * rowBytes + (x >> 3)]! >> (7 - (x & 7))) & 1
  }
  return values
}

/** Restores samples from rows of the first pixel and the differences between neighbours. */
function sumDifferences(values: Uint8Array, row: number, samples: number): void {
  for (let start = 0; start < values.length; start += row)
    for (let i = start + samples; i < start + row; i++) values[i]! += values[i - samples]!
}
