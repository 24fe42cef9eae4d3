import { ascii, cutOff, joined, viewOf } from './bytes.js'
import type { ImageFile } from './ImageFile.js'
import { lzwLength } from './lzw.js'

const TRAILER = Uint8Array.of(0x3b)

/**
 * Validates a GIF up to the end of its first image, which is all that decoders get: no animation, and no transparent
 * colour, since alpha is dropped.
 */
export function readGif(bytes: Uint8Array): ImageFile {
  const view = viewOf(bytes)
  if (!['GIF87a', 'GIF89a'].includes(ascii(bytes, 0, 6))) throw new Error('it is a GIF of an unknown version')
  if (bytes.length < 13) throw cutOff('its first image')
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)]
  const screenEnd = 13 + paletteBytes(bytes[10]!)
  const at = skipExtensions(bytes, screenEnd)
  if (at + 10 > bytes.length) throw cutOff('its first image')
  const [left, top, columns, rows] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true)) as number[]
  if (left! + columns! > width || top! + rows! > height || columns === 0 || rows === 0)
    throw new Error(
      `its first image has ${columns} x ${rows} pixels at ${left}, ${top} of a screen of ${width} x ${height}`,
    )
  const packing = bytes[at + 9]!
  if (screenEnd === 13 && !(packing & 0x80)) throw new Error('it has no palette')
  const from = at + 10 + paletteBytes(packing)
  const end = endOfBlocks(bytes, from + 1)
  checkPixels(bytes, from, end, columns! * rows!)
  const parts = [bytes.subarray(0, screenEnd), bytes.subarray(at, end), TRAILER]
  return { format: 'gif', width, height, orientation: 1, bytes: joined(parts) }
}

const paletteBytes = (packing: number): number => (packing & 0x80 ? 3 * 2 ** ((packing & 7) + 1) : 0)

/** Returns the offset of the first image: after comments, animation and other extensions. */
function skipExtensions(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === 0x21) at = endOfBlocks(bytes, at + 2)
  if (at >= bytes.length) throw cutOff('its first image')
  if (bytes[at] === 0x3b) throw new Error('it holds no image')
  if (bytes[at] !== 0x2c) throw new Error(`byte ${at} should begin an image`)
  return at
}

/** Returns the end of data in blocks of up to 255 bytes, each preceded by its length; one of length 0 ends them. */
function endOfBlocks(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!
  if (at >= bytes.length) throw cutOff('its first image does')
  return at + 1
}

function checkPixels(bytes: Uint8Array, from: number, end: number, pixels: number): void {
  const codeBits = bytes[from]!
  if (codeBits < 2 || codeBits > 8) throw new Error(`its colours have ${codeBits} bits, allowed are 2 to 8`)
  const blocks: Uint8Array[] = []
  for (let at = from + 1; at < end - 1; at += 1 + bytes[at]!) blocks.push(bytes.subarray(at + 1, at + 1 + bytes[at]!))
  const length = lzwLength(joined(blocks), { codeBits, order: 'lowFirst', earlyChange: false })
  if (length !== pixels) throw new Error(`its first image has data for ${length} pixels instead of ${pixels}`)
}
