import { deflateSync } from 'node:zlib'
import { crc32 } from '../../../src/io/zip/crc32.js'

/** Image files made byte by byte, the ones that no encoder would make. */

export const bytes = (...parts: (number | string | Uint8Array)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === 'string' ? Buffer.from(part, 'latin1') : typeof part === 'number' ? Buffer.of(part) : part,
      ),
    ),
  )

const be16 = (value: number) => bytes(value >> 8, value & 255)
const be32 = (value: number) => bytes(be16(value >>> 16), be16(value & 0xffff))
const le16 = (value: number) => bytes(value & 255, value >> 8)
const le32 = (value: number) => bytes(le16(value & 0xffff), le16(value >>> 16))

/** EXIF data: a directory of one entry. `value` is an orientation, or something that is none. */
export function exif(value: number, { little = true, type = 3 } = {}): Uint8Array {
  const [u16, u32] = little ? [le16, le32] : [be16, be32]
  const entry = bytes(u16(0x0112), u16(type), u32(1), type === 3 ? bytes(u16(value), u16(0)) : u32(value))
  return bytes(little ? 'II' : 'MM', u16(42), u32(8), u16(1), entry, u32(0))
}

export const segment = (marker: number, ...content: (number | string | Uint8Array)[]): Uint8Array => {
  const inside = bytes(...content)
  return bytes(0xff, marker, be16(inside.length + 2), inside)
}

/** A frame header, baseline unless another marker is given. */
export const jpegFrame = (width: number, height: number, components = 3, marker = 0xc0): Uint8Array =>
  segment(
    marker,
    ...[8, be16(height), be16(width), components],
    ...Array.from({ length: components }, (_, i) => bytes(i + 1, 0x11, 0)),
  )

/** Something put into a JPEG behind its first marker. */
export const intoJpeg = (jpeg: Uint8Array, ...parts: Uint8Array[]): Uint8Array =>
  bytes(jpeg.subarray(0, 2), ...parts, jpeg.subarray(2))

export const withExif = (jpeg: Uint8Array, data: Uint8Array): Uint8Array =>
  intoJpeg(jpeg, segment(0xe1, 'Exif\0\0', data))

export function pngChunk(name: string, content: Uint8Array): Uint8Array {
  const named = bytes(name, content)
  return bytes(be32(content.length), named, be32(crc32(named)))
}

export const pngHeader = (width: number, height: number, { depth = 8, colour = 2, interlaced = false } = {}) =>
  pngChunk('IHDR', bytes(be32(width), be32(height), depth, colour, 0, 0, interlaced ? 1 : 0))

export const pngOf = (...chunks: Uint8Array[]): Uint8Array =>
  bytes('\x89PNG\r\n\x1a\n', ...chunks, pngChunk('IEND', new Uint8Array(0)))

/** A PNG whose pixels, filter bytes included, are these. */
export const png = (header: Uint8Array, pixels: Uint8Array, ...before: Uint8Array[]): Uint8Array =>
  pngOf(header, ...before, pngChunk('IDAT', deflateSync(pixels)))

/** A PNG whose chunks' checksums are made anew, as far as its chunks can be told apart; other files as they are. */
export function withRightChecksums(file: Uint8Array): Uint8Array {
  if (file[0] !== 0x89 || file[1] !== 0x50) return file
  const mended = file.slice()
  const view = new DataView(mended.buffer)
  for (let at = 8; at + 12 <= mended.length; ) {
    const end = at + 8 + view.getUint32(at)
    if (end + 4 > mended.length) break
    view.setUint32(end, crc32(mended.subarray(at + 4, end)))
    at = end + 4
  }
  return mended
}

/** Something put into a PNG behind its header. */
export const intoPng = (whole: Uint8Array, ...chunks: Uint8Array[]): Uint8Array =>
  bytes(whole.subarray(0, 33), ...chunks, whole.subarray(33))

/** zlib data that inflates to gigabytes of zeros. */
export function zeroBomb(gigabytes: number): Uint8Array {
  // A full flush leaves the deflater at a whole byte and without memory, so the piece may be repeated.
  const piece = deflateSync(new Uint8Array(2 ** 26), { finishFlush: 3 }).subarray(2)
  return bytes(0x78, 0x9c, ...new Array<Uint8Array>(gigabytes * 16).fill(piece), 3, 0, 0, 0, 0, 1)
}

interface GifFrame {
  readonly left?: number
  readonly width: number
  readonly height: number
  /** What the LZW data stands for: indices 0 to 3. */
  readonly pixels: readonly number[]
}

/** A GIF of four colours. `frames` may lie. */
export function gif(width: number, height: number, frames: readonly GifFrame[], before = bytes()): Uint8Array {
  const palette = bytes(10, 20, 30, 200, 10, 10, 10, 200, 10, 10, 10, 200)
  const images = frames.map(({ left = 0, width, height, pixels }) =>
    bytes(0x2c, le16(left), le16(0), le16(width), le16(height), 0, 2, ...blocks(gifCodes(pixels)), 0),
  )
  return bytes('GIF89a', le16(width), le16(height), 0xf1, 0, 0, palette, before, ...images, 0x3b)
}

const blocks = (data: Uint8Array) =>
  Array.from({ length: Math.ceil(data.length / 255) }, (_, i) => {
    const part = data.subarray(i * 255, (i + 1) * 255)
    return bytes(part.length, part)
  })

/** Codes of three bits, with a clear code before every two values, so that they never grow. */
function gifCodes(pixels: readonly number[]): Uint8Array {
  const codes = [...pixels.flatMap((value, i) => (i % 2 === 0 ? [4, value] : [value])), 5]
  const result = new Uint8Array(Math.ceil((codes.length * 3) / 8))
  for (const [i, code] of codes.entries())
    for (let bit = 0; bit < 3; bit++) {
      const at = i * 3 + bit
      result[at >> 3]! |= ((code >> bit) & 1) << (at & 7)
    }
  return result
}

type Entry = readonly [tag: number, ...values: number[]]

/**
 * A TIFF of the given directories. `next` is where the last one says that another begins. The pixels lie at byte 8; values
 * of more than one number go behind the directories.
 */
export function tiff(
  pixels: Uint8Array,
  directories: readonly (readonly Entry[])[],
  options: TiffOptions = {},
): Uint8Array {
  const { little = true, next = () => 0 } = options
  const [u16, u32] = little ? [le16, le32] : [be16, be32]
  const starts: number[] = []
  let at = 8 + pixels.length + (pixels.length & 1)
  for (const entries of directories) {
    starts.push(at)
    at += 2 + 12 * entries.length + 4
  }
  const outside: Uint8Array[] = []
  const entryOf = ([tag, ...values]: Entry) => {
    if (values.length === 1) return bytes(u16(tag), u16(4), u32(1), u32(values[0]!))
    const packed = bytes(...values.map(u32))
    const place = at
    outside.push(packed)
    at += packed.length
    return bytes(u16(tag), u16(4), u32(values.length), u32(place))
  }
  const written = directories.map((entries, i) =>
    bytes(u16(entries.length), ...entries.map(entryOf), u32(starts[i + 1] ?? next(starts))),
  )
  const padding = new Uint8Array(pixels.length & 1)
  return bytes(little ? 'II' : 'MM', u16(42), u32(starts[0]!), pixels, padding, ...written, ...outside)
}

interface TiffOptions {
  readonly little?: boolean
  readonly next?: (starts: readonly number[]) => number
}

/** The entries of an uncompressed RGB image whose pixels lie at byte 8. */
export const rgbEntries = (width: number, height: number, bytesOfPixels = width * height * 3): Entry[] => [
  [256, width],
  [257, height],
  [258, 8, 8, 8],
  [259, 1],
  [262, 2],
  [273, 8],
  [277, 3],
  [278, height],
  [279, bytesOfPixels],
]

export function bmp(
  width: number,
  height: number,
  bits: number,
  pixels: Uint8Array,
  options: BmpOptions = {},
): Uint8Array {
  const { palette = bytes(), compression = 0, colours = 0, start = 54 + palette.length } = options
  const info = bytes(le32(40), le32(width), le32(height >>> 0), le16(1), le16(bits), le32(compression))
  const rest = bytes(le32(pixels.length), le32(2835), le32(2835), le32(colours), le32(0))
  return bytes('BM', le32(54 + palette.length + pixels.length), le32(0), le32(start), info, rest, palette, pixels)
}

interface BmpOptions {
  readonly palette?: Uint8Array
  readonly compression?: number
  readonly colours?: number
  readonly start?: number
}

/** A WebP with a canvas chunk and EXIF data, of one without either. */
export function extendedWebp(webp: Uint8Array, width: number, height: number, data: Uint8Array): Uint8Array {
  const le24 = (value: number) => le32(value).subarray(0, 3)
  const chunk = (name: string, content: Uint8Array) =>
    bytes(name, le32(content.length), content, new Uint8Array(content.length & 1))
  const inside = bytes(
    chunk('VP8X', bytes(8, 0, 0, 0, le24(width - 1), le24(height - 1))),
    webp.subarray(12),
    chunk('EXIF', data),
  )
  return bytes('RIFF', le32(inside.length + 4), 'WEBP', inside)
}
