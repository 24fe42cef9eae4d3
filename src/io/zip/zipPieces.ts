import { joined } from '../../bytes.js'
import { crc32 } from './crc32.js'

/** A file for an archive. */
export interface ZipFile {
  /** The path inside, with `/`. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** A whole number, and the bytes that it takes. */
type Field = readonly [bytes: 2 | 4 | 8, value: number]

interface Written {
  readonly name: Uint8Array
  readonly crc: number
  readonly size: number
  readonly local: number
}

const [ENTRY, LOCAL, END, END64, LOCATOR64] = [0x02014b50, 0x04034b50, 0x06054b50, 0x06064b50, 0x07064b50]
/** The versions of the format that a reader must know: 2.0 for folders, 4.5 for zip64. */
const [PLAIN, ZIP64] = [20, 45]
const NAMES_ARE_UTF8 = 1 << 11
/** 1 January 1980, the first day of the format: archives of the same files are equal to the byte. */
const DATE = (1 << 5) | 1
/** The values at which a field of 32 or 16 bits says that the zip64 field holds the number. */
const [MOST_32, MOST_16] = [0xffffffff, 0xffff]

/**
 * Writes a zip file of any length, piece by piece (PKWARE's APPNOTE 6.3.10): entries are stored, not compressed, since
 * images and weights hardly shrink; zip64 where a number needs it.
 *
 * @param files the files, in their order in the archive; their names must differ
 */
export async function* zipPieces(files: AsyncIterable<ZipFile>): AsyncGenerator<Uint8Array, void> {
  const written: Written[] = []
  let at = 0
  for await (const { name: path, bytes } of files) {
    const entry = { name: new TextEncoder().encode(path), crc: crc32(bytes), size: bytes.length, local: at }
    const header = localHeader(entry)
    yield header
    if (bytes.length > 0) yield bytes
    at += header.length + bytes.length
    written.push(entry)
  }
  const directory = joined(written.map(directoryEntry))
  yield directory
  yield endOf({ count: written.length, size: directory.length, begin: at })
}

function localHeader(entry: Written): Uint8Array {
  const { size } = entry
  const wide = size >= MOST_32 ? [size, size] : []
  const extra = wideFields(wide)
  return joined([fields([[4, LOCAL], ...commonFields(entry, wide, extra)]), entry.name, extra])
}

function directoryEntry(entry: Written): Uint8Array {
  const { size, local } = entry
  const wide = [...(size >= MOST_32 ? [size, size] : []), ...(local >= MOST_32 ? [local] : [])]
  const extra = wideFields(wide)
  const fixed = fields([
    [4, ENTRY],
    [2, versionOf(wide)],
    ...commonFields(entry, wide, extra),
    [2, 0], // comment
    [2, 0], // disk
    [2, 0], // internal attributes
    [4, 0], // external attributes
    [4, Math.min(local, MOST_32)],
  ])
  return joined([fixed, entry.name, extra])
}

const versionOf = (wide: readonly number[]): number => (wide.length > 0 ? ZIP64 : PLAIN)

/** Returns the fields that the header of an entry and its place in the directory have in common. */
const commonFields = ({ name, crc, size }: Written, wide: readonly number[], extra: Uint8Array): readonly Field[] => [
  [2, versionOf(wide)],
  [2, NAMES_ARE_UTF8],
  [2, 0], // stored
  [2, 0], // time
  [2, DATE],
  [4, crc],
  [4, Math.min(size, MOST_32)],
  [4, Math.min(size, MOST_32)],
  [2, name.length],
  [2, extra.length],
]

/** Returns the extra field 0x0001 with the numbers that are too large for their own fields; nothing if there are none. */
const wideFields = (numbers: readonly number[]): Uint8Array =>
  numbers.length === 0
    ? new Uint8Array()
    : fields([[2, 1], [2, 8 * numbers.length], ...numbers.map((number) => [8, number] as const)])

function endOf({ count, size, begin }: { readonly count: number; readonly size: number; readonly begin: number }) {
  const end = fields([
    [4, END],
    [4, 0], // disks
    [2, Math.min(count, MOST_16)],
    [2, Math.min(count, MOST_16)],
    [4, Math.min(size, MOST_32)],
    [4, Math.min(begin, MOST_32)],
    [2, 0], // comment
  ])
  if (count < MOST_16 && size < MOST_32 && begin < MOST_32) return end
  const end64 = fields([
    [4, END64],
    [8, 44], // the bytes of this record after this field
    [2, ZIP64],
    [2, ZIP64],
    [8, 0], // disks
    [8, count],
    [8, count],
    [8, size],
    [8, begin],
  ])
  const locator = fields([
    [4, LOCATOR64],
    [4, 0],
    [8, begin + size],
    [4, 1],
  ])
  return joined([end64, locator, end])
}

/** Writes whole numbers in little-endian order, each with its number of bytes. */
function fields(numbers: readonly Field[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [bytes]) => sum + bytes, 0)))
  let at = 0
  for (const [bytes, value] of numbers) {
    if (bytes === 2) view.setUint16(at, value, true)
    else if (bytes === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += bytes
  }
  return new Uint8Array(view.buffer)
}
