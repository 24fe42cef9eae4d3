import { inflate } from '../../../io/zip/inflate.js'
import { lzwLength } from './lzw.js'
import { TAG, type Tags } from './tiffDirectory.js'

/** Checks that each strip has all its rows: a decoder would take missing ones for black, or allocate without end. */
export async function checkStrips(bytes: Uint8Array, tags: Tags): Promise<void> {
  const first = (tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise
  const [width, height] = [first(TAG.width, 0), first(TAG.height, 0)]
  const rowsPerStrip = Math.min(first(TAG.rowsPerStrip, height), height)
  const row = Math.ceil((width * first(TAG.samples, 1) * first(TAG.bits, 1)) / 8)
  const [starts, lengths] = [tags.get(TAG.stripStarts)!, tags.get(TAG.stripBytes)!]
  const strips = rowsPerStrip > 0 ? Math.ceil(height / rowsPerStrip) : 0
  if (starts.length !== strips) throw new Error(`it has ${starts.length} strips instead of ${strips}`)
  for (const [i, start] of starts.entries()) {
    const expected = row * Math.min(rowsPerStrip, height - i * rowsPerStrip)
    const strip = bytes.subarray(start, start + lengths[i]!)
    if (!(await compressions[first(TAG.compression, 1)]!(strip, expected)))
      throw new Error(`its strip ${i + 1} does not hold the ${expected} bytes of its rows`)
  }
}

type Holds = (strip: Uint8Array, size: number) => boolean | Promise<boolean>

/** Tests deflated data, which is between zlib's header of two bytes and checksum of four. */
const deflate: Holds = async (strip, size) =>
  strip.length > 6 && (await inflate(strip.subarray(2, -4), size)) !== undefined

/** The tests that a strip expands to the given number of bytes, by TIFF's number of the compression. */
const compressions: Readonly<Record<number, Holds>> = {
  1: (strip, size) => strip.length === size,
  5: (strip, size) => lzwLength(strip, { codeBits: 8, order: 'highFirst', earlyChange: true }) === size,
  8: deflate,
  32946: deflate,
  32773: (strip, size) => packBitsLength(strip) === size,
}

/** Counts bytes of PackBits: n below 128 means n + 1 literal bytes; above, the next byte 257 - n times; 128 nothing. */
function packBitsLength(strip: Uint8Array): number {
  let length = 0
  for (let at = 0; at < strip.length; ) {
    const n = strip[at]!
    if (n < 128) length += Math.min(n + 1, strip.length - at - 1)
    else if (n > 128 && at + 1 < strip.length) length += 257 - n
    at += n < 128 ? n + 2 : n > 128 ? 2 : 1
  }
  return length
}
