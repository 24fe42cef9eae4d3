import type { StoredFile } from '../../platform/contract.js'
import { storedBytes } from '../../platform/storedFile.js'
import { crc32 } from './crc32.js'
import { findDirectory, LONGEST_END } from './findDirectory.js'
import { inflate } from './inflate.js'
import { DEFLATED, type Header, readHeaders, STORED } from './readHeaders.js'
import { ZipError } from './ZipError.js'

export interface ZipEntry {
  readonly name: string
  /** The number of bytes after decompression, as the directory claims. */
  readonly size: number
  /** Reads the content, checked against its size and CRC-32. A stored entry of bytes is a view of them, not a copy. */
  read(): Promise<Uint8Array>
}

const LOCAL_ENTRY = 0x04034b50
/** The longest directory that is read from a file: that of some two million entries. */
const LONGEST_DIRECTORY = 2 ** 28

/**
 * Reads the entries of a zip file by name (PKWARE's APPNOTE 6.3.10; zip64 in torch's form; stored and deflated
 * entries). The central directory is trusted only as far as the bytes of the file confirm it. Nothing is decompressed
 * yet.
 *
 * @throws ZipError if the directory is missing or damaged, an entry is encrypted, or the entries claim to be too large
 */
export function openZip(bytes: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const directory = findDirectory(viewOf(bytes))
  const headers = readHeaders(bytes.subarray(directory.begin, directory.end), directory, bytes.length)
  return entriesOf(headers, storedBytes(bytes))
}

/**
 * Reads the entries of a zip file as `openZip` does, from a file that is read by ranges: only its directory is in
 * memory. The file stays open: its owner closes it.
 *
 * @throws ZipError; the error of the file
 */
export async function openZipFile(file: StoredFile): Promise<ReadonlyMap<string, ZipEntry>> {
  const offset = Math.max(0, file.size - LONGEST_END)
  const directory = findDirectory(viewOf(await file.read(offset, file.size)), offset)
  const { begin, end } = directory
  if (end - begin > LONGEST_DIRECTORY) throw new ZipError(`its directory has ${end - begin} bytes`)
  return entriesOf(readHeaders(await readAll(file, begin, end), directory, file.size), file)
}

const entriesOf = (headers: readonly Header[], file: StoredFile): ReadonlyMap<string, ZipEntry> =>
  new Map(
    headers.map((header) => [
      header.name,
      { name: header.name, size: header.size, read: () => readEntry(file, header) },
    ]),
  )

async function readEntry(file: StoredFile, header: Header): Promise<Uint8Array> {
  const { name, method, crc, compressed, size, local } = header
  const fixed = viewOf(await readAll(file, local, local + 30))
  if (fixed.getUint32(0, true) !== LOCAL_ENTRY) throw new ZipError(`the entry ${name} is not where it should be`)
  const begin = local + 30 + fixed.getUint16(26, true) + fixed.getUint16(28, true)
  if (begin + compressed > file.size) throw new ZipError(`the entry ${name} reaches beyond the file`)
  const data = await readAll(file, begin, begin + compressed)
  if (method !== STORED && method !== DEFLATED) throw new ZipError(`the entry ${name} has the unknown method ${method}`)
  const content = method === STORED ? data : await inflate(data, size)
  if (!content) throw new ZipError(`the entry ${name} does not decompress to its ${size} bytes`)
  if (crc32(content) !== crc) throw new ZipError(`the entry ${name} is damaged: its CRC-32 is not that of its bytes`)
  return content
}

async function readAll(file: StoredFile, begin: number, end: number): Promise<Uint8Array> {
  const bytes = await file.read(begin, end)
  if (bytes.length !== end - begin) throw new ZipError('the file has become shorter')
  return bytes
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)
