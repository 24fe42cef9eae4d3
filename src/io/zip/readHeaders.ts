import type { Directory } from './findDirectory.js'
import { ZipError } from './ZipError.js'

/** An entry as the central directory describes it. */
export interface Header {
  readonly name: string
  readonly method: number
  readonly crc: number
  /** The number of bytes in the file, and of the content. */
  readonly compressed: number
  readonly size: number
  /** The place of the local header in the file. */
  readonly local: number
}

/**
 * The largest accepted ratio: weights and images hardly compress, so a file that claims to hold many times its own size
 * is a bomb.
 */
const MOST_EXPANSION = 20
const SLACK = 2 ** 20

export const STORED = 0
export const DEFLATED = 8
const DIRECTORY_ENTRY = 0x02014b50

/**
 * Reads the central directory of a zip file.
 *
 * @param bytes the directory, from its first byte on
 * @param fileSize the length of the whole file
 * @throws ZipError if it is damaged, an entry is encrypted or there twice, or the entries claim to be too large
 */
export function readHeaders(bytes: Uint8Array, { begin, end, count }: Directory, fileSize: number): Header[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = end - begin
  const names = new Set<string>()
  const headers: Header[] = []
  let [at, total] = [0, 0]
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || view.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new ZipError(`its directory ends after ${i} of ${count} entries`)
    const { header, next } = readHeader(view, bytes, at, { length, fileSize })
    if (names.has(header.name)) throw new ZipError(`it has the entry ${header.name} twice`)
    names.add(header.name)
    total += header.size
    if (total > fileSize * MOST_EXPANSION + SLACK)
      throw new ZipError(`its ${fileSize} bytes claim to hold more than ${MOST_EXPANSION} times as much`)
    headers.push(header)
    at = next
  }
  return headers
}

interface Limits {
  readonly length: number
  readonly fileSize: number
}

function readHeader(view: DataView, bytes: Uint8Array, at: number, { length, fileSize }: Limits) {
  const nameEnd = at + 46 + view.getUint16(at + 28, true)
  const extraEnd = nameEnd + view.getUint16(at + 30, true)
  const next = extraEnd + view.getUint16(at + 32, true)
  if (next > length) throw new ZipError('an entry of its directory reaches beyond the directory')
  const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd))
  if (view.getUint16(at + 8, true) & 1) throw new ZipError(`the entry ${name} is encrypted`)
  const method = view.getUint16(at + 10, true)
  const wide = wideFields(view, nameEnd, extraEnd, name)
  const size = wide(view.getUint32(at + 24, true))
  const compressed = wide(view.getUint32(at + 20, true))
  const local = wide(view.getUint32(at + 42, true))
  if (method === STORED && compressed !== size)
    throw new ZipError(`the stored entry ${name} claims ${size} bytes but has ${compressed}`)
  if (local + 30 + compressed > fileSize) throw new ZipError(`the entry ${name} reaches beyond the file`)
  return { header: { name, method, crc: view.getUint32(at + 16, true), compressed, size, local }, next }
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
