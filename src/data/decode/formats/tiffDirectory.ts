import { cutOff, viewOf } from './bytes.js'

/** The tags of TIFF 6.0 that affect pixels. */
export const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripStarts: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planes: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileStarts: 324,
  tileBytes: 325,
  sampleFormat: 339,
} as const

/** The values of a directory's entries, by tag. */
export type Tags = ReadonlyMap<number, readonly number[]>

/**
 * The bytes of a value by its type: BYTE, ASCII, SHORT, LONG; values of other types (fractions, floats) are not read.
 */
const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4 }

/** The tags that are read: sixty thousand entries may all point at the same million values. */
const known = new Set<number>(Object.values(TAG))

/** The most values of a tag: an image of 65535 rows may have a strip for each. */
const MOST_VALUES = 2 ** 20

export function isLittleEndian(bytes: Uint8Array): boolean | undefined {
  const order = bytes.length < 8 ? 0 : viewOf(bytes).getUint32(0)
  return order === 0x49492a00 ? true : order === 0x4d4d002a ? false : undefined
}

/**
 * Reads the whole numbers in the first directory of a TIFF file, which is also the form of EXIF data. Further
 * directories are ignored. Of two entries with the same tag the first counts; one that points outside the file is left
 * out.
 * @throws Error if the directory itself is outside the file
 */
export function readDirectory(bytes: Uint8Array): Tags {
  const view = viewOf(bytes)
  const little = isLittleEndian(bytes)
  if (little === undefined) throw new Error('it has no TIFF header')
  const start = view.getUint32(4, little)
  if (start + 2 > bytes.length) throw cutOff('its directory')
  const end = start + 2 + view.getUint16(start, little) * 12
  if (end > bytes.length) throw cutOff('its directory does')
  const tags = new Map<number, readonly number[]>()
  for (let at = start + 2; at < end; at += 12) {
    const tag = view.getUint16(at, little)
    if (!known.has(tag) || tags.has(tag)) continue
    const size = sizes[view.getUint16(at + 2, little)]
    const count = view.getUint32(at + 4, little)
    if (!size || count > MOST_VALUES) continue
    const from = size * count <= 4 ? at + 8 : view.getUint32(at + 8, little)
    if (from + size * count > bytes.length) continue
    const read = (at: number) =>
      size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, little) : view.getUint32(at, little)
    tags.set(
      tag,
      Array.from({ length: count }, (_, i) => read(from + i * size)),
    )
  }
  return tags
}
