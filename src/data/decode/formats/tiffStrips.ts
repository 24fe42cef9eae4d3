import { inflate } from '../../../io/zip/inflate.js'
import { expandLzw, lzwLength } from './lzw.js'
import { TAG, type Tags } from './tiffDirectory.js'

/** Checks that each strip has all its rows: a decoder would take missing ones for black, or allocate without end. */
export async function checkStrips(bytes: Uint8Array, tags: Tags): Promise<void> {
  const { holds } = compressionOf(tags)
  for (const [i, { strip, size }] of stripsOf(bytes, tags).entries())
    if (!(await holds(strip, size))) throw new Error(`its strip ${i + 1} does not hold the ${size} bytes of its rows`)
}

/** Expands the strips that `checkStrips` accepted to the rows of the image, each of whole bytes. */
export async function expandStrips(bytes: Uint8Array, tags: Tags): Promise<Uint8Array> {
  const { expand } = compressionOf(tags)
  const strips = stripsOf(bytes, tags)
  const rows = new Uint8Array(strips.reduce((sum, { size }) => sum + size, 0))
  let at = 0
  for (const { strip, size } of strips) {
    rows.set((await expand(strip, size))!, at)
    at += size
  }
  return rows
}

const firstOf = (tags: Tags, tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise
const compressionOf = (tags: Tags) => compressions[firstOf(tags, TAG.compression, 1)]!

/** Returns the stored bytes of each strip, and the number that it must expand to. */
function stripsOf(bytes: Uint8Array, tags: Tags) {
  const [width, height] = [firstOf(tags, TAG.width, 0), firstOf(tags, TAG.height, 0)]
  const rowsPerStrip = Math.min(firstOf(tags, TAG.rowsPerStrip, height), height)
  const row = Math.ceil((width * firstOf(tags, TAG.samples, 1) * firstOf(tags, TAG.bits, 1)) / 8)
  const [starts, lengths] = [tags.get(TAG.stripStarts)!, tags.get(TAG.stripBytes)!]
  const strips = rowsPerStrip > 0 ? Math.ceil(height / rowsPerStrip) : 0
  if (starts.length !== strips) throw new Error(`it has ${starts.length} strips instead of ${strips}`)
  return starts.map((start, i) => ({
    strip: bytes.subarray(start, start + lengths[i]!),
    size: row * Math.min(rowsPerStrip, height - i * rowsPerStrip),
  }))
}

/** The data of a strip, from which a decoder takes the bytes of its rows. */
type Expand = (strip: Uint8Array, size: number) => Uint8Array | undefined | Promise<Uint8Array | undefined>
type Holds = (strip: Uint8Array, size: number) => boolean | Promise<boolean>

/** Inflates data between zlib's header of two bytes and checksum of four. */
const inflateStrip = async (strip: Uint8Array, size: number): Promise<Uint8Array | undefined> =>
  strip.length > 6 ? inflate(strip.subarray(2, -4), size) : undefined
const deflate = {
  holds: async (strip: Uint8Array, size: number) => (await inflateStrip(strip, size)) !== undefined,
  expand: inflateStrip,
}
const LZW_FORM = { codeBits: 8, order: 'highFirst', earlyChange: true } as const

/**
 * The compressions, by TIFF's number: the test that a strip expands to the given number of bytes, and its expansion if
 * it does.
 */
const compressions: Readonly<Record<number, { readonly holds: Holds; readonly expand: Expand }>> = {
  1: { holds: (strip, size) => strip.length === size, expand: (strip) => strip },
  5: {
    holds: (strip, size) => lzwLength(strip, LZW_FORM) === size,
    expand: (strip, size) => expandLzw(strip, LZW_FORM, size),
  },
  8: deflate,
  32946: deflate,
  32773: { holds: (strip, size) => packBitsLength(strip) === size, expand: expandPackBits },
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

function expandPackBits(strip: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size)
  for (let [at, filled] = [0, 0]; at < strip.length; ) {
    const n = strip[at]!
    if (n < 128) result.set(strip.subarray(at + 1, at + n + 2), filled)
    else if (n > 128) result.fill(strip[at + 1]!, filled, filled + 257 - n)
    filled += n < 128 ? n + 1 : n > 128 ? 257 - n : 0
    at += n < 128 ? n + 2 : n > 128 ? 2 : 1
  }
  return result
}
