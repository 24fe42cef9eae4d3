import { crc32 } from './crc32.js'
import { findDirectory } from './findDirectory.js'
import { inflate } from './inflate.js'
import { ZipError } from './ZipError.js'

export interface ZipEntry {
  readonly name: string
  /** The number of bytes after decompression, as the directory claims. */
  readonly size: number
  /** Reads the content, checked against its size and CRC-32. A stored entry is a view of the file, not a copy. */
  read(): Promise<Uint8Array>
}

/**
 * The largest accepted ratio: weights hardly compress, so a file that claims to hold many times its own size is a bomb.
 */
const MOST_EXPANSION = 20
const SLACK = 2 ** 20

const STORED = 0
const DEFLATED = 8
const [DIRECTORY_ENTRY, LOCAL_ENTRY] = [0x02014b50, 0x04034b50]

/**
 * Reads the entries of a zip file by name (PKWARE's APPNOTE 6.3.10; zip64 in torch's form; stored and deflated
 * entries). The central directory is trusted only as far as the bytes of the file confirm it. Nothing is decompressed
 * yet.
 *
 * @throws ZipError if the directory is missing or damaged, an entry is encrypted, or the entries claim to be too large
 */
export function openZip(bytes: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const directory = findDirectory(view)
  const entries = new Map<string, ZipEntry>()
  let [at, total] = [directory.begin, 0]
  for (let i = 0; i < directory.count; i++) {
    if (at + 46 > directory.end || view.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new ZipError(`its directory ends after ${i} of ${directory.count} entries`)
    const header = readHeader(view, bytes, at, directory.end)
    if (entries.has(header.name)) throw new ZipError(`it has the entry ${header.name} twice`)
    total += header.size
    if (total > bytes.length * MOST_EXPANSION + SLACK)
      throw new ZipError(`its ${bytes.length} bytes claim to hold more than ${MOST_EXPANSION} times as much`)
    entries.set(header.name, { name: header.name, size: header.size, read: () => readEntry(view, bytes, header) })
    at = header.next
  }
  return entries
}

interface Header {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  readonly local: number
  readonly next: number
}

function readHeader(view: DataView, bytes: Uint8Array, at: number, end: number): Header {
  const nameEnd = at + 46 + view.getUint16(at + 28, true)
  const extraEnd = nameEnd + view.getUint16(at + 30, true)
  const next = extraEnd + view.getUint16(at + 32, true)
  if (next > end) throw new ZipError('an entry of its directory reaches beyond the directory')
  const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd))
  if (view.getUint16(at + 8, true) & 1) throw new ZipError(`the entry ${name} is encrypted`)
  const method = view.getUint16(at + 10, true)
  const wide = wideFields(view, nameEnd, extraEnd, name)
  const size = wide(view.getUint32(at + 24, true))
  const compressed = wide(view.getUint32(at + 20, true))
  const local = wide(view.getUint32(at + 42, true))
  if (method === STORED && compressed !== size)
    throw new ZipError(`the stored entry ${name} claims ${size} bytes but has ${compressed}`)
  if (local + 30 + compressed > bytes.length) throw new ZipError(`the entry ${name} reaches beyond the file`)
  return { name, method, crc: view.getUint32(at + 16, true), compressed, size, local, next }
}

/** Reads zip64 fields: one that is all ones is in the extra field 0x0001, in 8 bytes, in the order of the calls. */
function wideFields(view: DataView, begin: number, end: number, name: string): (field: number) => number {
  let [at, stop] = [begin, begin]
  for (let next = begin; next + 4 <= end; next += 4 + view.getUint16(next + 2, true))
    if (view.getUint16(next, true) === 1)
      [at, stop] = [next + 4, Math.min(end, next + 4 + view.getUint16(next + 2, true))]
  return (field) => {
    if (field !== 0xffffffff) return field
    if (at + 8 > stop) throw new ZipError(`the entry ${name} lacks its zip64 sizes`)
    at += 8
    return Number(view.getBigUint64(at - 8, true))
  }
}

async function readEntry(view: DataView, bytes: Uint8Array, header: Header): Promise<Uint8Array> {
  const { name, method, crc, compressed, size, local } = header
  if (view.getUint32(local, true) !== LOCAL_ENTRY) throw new ZipError(`the entry ${name} is not where it should be`)
  const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (begin + compressed > bytes.length) throw new ZipError(`the entry ${name} reaches beyond the file`)
  const data = bytes.subarray(begin, begin + compressed)
  if (method !== STORED && method !== DEFLATED) throw new ZipError(`the entry ${name} has the unknown method ${method}`)
  const content = method === STORED ? data : await inflate(data, size)
  if (!content) throw new ZipError(`the entry ${name} does not decompress to its ${size} bytes`)
  if (crc32(content) !== crc) throw new ZipError(`the entry ${name} is damaged: its CRC-32 is not that of its bytes`)
  return content
}
