/** What the first bytes of a picture say about it. Sizes are 0 where the bytes do not tell. */
export interface Header {
  readonly format: 'bmp' | 'gif' | 'jpeg' | 'png' | 'tiff' | 'webp'
  readonly width: number
  readonly height: number
  /** JPEG: colour components (4: CMYK). PNG: the colour type (0: grey). */
  readonly colour?: number
  /** PNG: bits of a sample. */
  readonly depth?: number
  /** TIFF: the file ends before its pixels do. */
  readonly truncated?: boolean
}

/** Reads size and kind of a picture without decoding it; undefined for bytes that are none of the formats. */
export function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < 26) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) === 0xffd8) return jpeg(view)
  if (view.getUint32(0) === 0x89504e47) return png(view)
  if (text(view, 0, 4) === 'GIF8')
    return { format: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) }
  if (text(view, 0, 2) === 'BM') return bmp(view)
  if (text(view, 0, 4) === 'RIFF' && text(view, 8, 4) === 'WEBP') return { format: 'webp', width: 0, height: 0 }
  const order = view.getUint32(0)
  if (order === 0x49492a00 || order === 0x4d4d002a) return tiff(view, order === 0x49492a00)
  return undefined
}

const text = (view: DataView, from: number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint8(from + i)))

/** The segments of a JPEG up to the first scan: marker, and where its content begins and ends. */
export function* jpegSegments(view: DataView): Generator<{ marker: number; from: number; to: number }> {
  let at = 2
  while (at + 4 <= view.byteLength) {
    const marker = view.getUint16(at)
    if (marker === 0xffff) {
      at++
      continue
    }
    const to = at + 2 + view.getUint16(at + 2)
    if (marker === 0xffda || marker < 0xffc0 || to > view.byteLength) return
    yield { marker, from: at + 4, to }
    at = to
  }
}

function jpeg(view: DataView): Header {
  for (const { marker, from, to } of jpegSegments(view)) {
    // SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
    const frame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (frame && from + 6 <= to) {
      const [height, width] = [view.getUint16(from + 1), view.getUint16(from + 3)]
      return { format: 'jpeg', width, height, colour: view.getUint8(from + 5) }
    }
  }
  return { format: 'jpeg', width: 0, height: 0 }
}

function png(view: DataView): Header {
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  return { format: 'png', width, height, depth: view.getUint8(24), colour: view.getUint8(25) }
}

function bmp(view: DataView): Header {
  // A header of 12 bytes (OS/2) has 16-bit sizes. A negative height means rows from the top.
  if (view.getUint32(14, true) === 12) {
    return { format: 'bmp', width: view.getUint16(18, true), height: view.getUint16(20, true) }
  }
  return { format: 'bmp', width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) }
}

/** The first image of a TIFF: its tags 256 and 257 are the size, 273 and 279 (tiles: 324 and 325) where the pixels lie. */
function tiff(view: DataView, littleEndian: boolean): Header {
  const tags = tiffTags(view, littleEndian)
  if (!tags) return { format: 'tiff', width: 0, height: 0, truncated: true }
  const [starts, lengths] = tags.has(273) ? [tags.get(273), tags.get(279)] : [tags.get(324), tags.get(325)]
  const truncated = starts?.some((start, i) => start + (lengths?.[i] ?? 0) > view.byteLength) ?? false
  const [width = 0, height = 0] = [tags.get(256)?.[0], tags.get(257)?.[0]]
  return { format: 'tiff', width, height, truncated }
}

/** The entries of the first directory that hold 16- or 32-bit numbers; undefined if an entry points out of the file. */
function tiffTags(view: DataView, littleEndian: boolean): Map<number, number[]> | undefined {
  const tags = new Map<number, number[]>()
  const inside = (at: number, length: number) => at + length <= view.byteLength
  const directory = view.getUint32(4, littleEndian)
  if (!inside(directory, 2)) return undefined
  const end = directory + 2 + view.getUint16(directory, littleEndian) * 12
  if (!inside(end, 0)) return undefined
  for (let at = directory + 2; at < end; at += 12) {
    const size = tiffSizes[view.getUint16(at + 2, littleEndian)] ?? 1
    const count = view.getUint32(at + 4, littleEndian)
    const from = size * count <= 4 ? at + 8 : view.getUint32(at + 8, littleEndian)
    if (!inside(from, size * count)) return undefined
    const read = (i: number) =>
      size === 2 ? view.getUint16(from + i * 2, littleEndian) : view.getUint32(from + i * 4, littleEndian)
    if (size === 2 || size === 4) {
      tags.set(
        view.getUint16(at, littleEndian),
        Array.from({ length: count }, (_, i) => read(i)),
      )
    }
  }
  return tags
}

/** Bytes of a value by its type, 1 to 12. */
const tiffSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]
