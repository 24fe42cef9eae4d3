import type { StoredFile } from '../../platform/contract.js'
import { shown } from '../../shown.js'
import { TarError } from './TarError.js'
import { BLOCK, readHeader, readPax, type TarHeader } from './tarHeader.js'

/** A file in a tar archive, and the place of its bytes. */
export interface TarEntry {
  readonly name: string
  readonly begin: number
  readonly end: number
  /** Reads its bytes: those of a small file are there already, until the next one is asked for. */
  read(): Promise<Uint8Array>
}

/** The most bytes of a header of names and attributes, and of the zeros after the end. */
const MOST_BYTES = 2 ** 16
/** The bytes that are read at a time: small files and the headers around them. */
const PIECE = 2 ** 12

/**
 * Lists the files in a tar archive (ustar, pax, GNU) in their order, without reading those that are larger than some
 * blocks. Directories are passed over.
 *
 * @throws TarError for anything else: links, devices, sparse files, paths that leave the archive, an archive that does
 *   not end as it should
 */
export async function* readTar(file: StoredFile): AsyncGenerator<TarEntry> {
  const read = reader(file)
  let next: { name?: string; size?: number } = {}
  for (let at = 0; ; ) {
    const header = readHeader(await read(at, at + BLOCK))
    if (!header) return demandEnd(await read(at, Math.min(at + MOST_BYTES, file.size)), file.size - at)
    const { name, size } = isAbout(header) ? header : { ...header, ...next }
    const begin = at + BLOCK
    if (begin + size > file.size) throw new TarError(`${shown(name)} would end after the file: it is incomplete`)
    at = begin + Math.ceil(size / BLOCK) * BLOCK
    if (isAbout(header)) next = { ...next, ...about(header, await read(begin, begin + demandFew(header))) }
    else {
      next = {}
      const end = begin + size
      if (isFile(header, name)) yield { name: demandInside(name), begin, end, read: () => read(begin, end) }
    }
  }
}

/** Returns a reader of ranges, which reads a little more than it is asked for. */
function reader(file: StoredFile): (begin: number, end: number) => Promise<Uint8Array> {
  let [piece, at]: [Uint8Array, number] = [new Uint8Array(), 0]
  return async (begin, end) => {
    if (begin < at || end > at + piece.length) {
      piece = await file.read(begin, Math.min(Math.max(end, begin + PIECE), file.size))
      at = begin
    }
    if (end > at + piece.length) throw new TarError('it ends in the middle: it is incomplete')
    return piece.subarray(begin - at, end - at)
  }
}

/** Tells whether an entry is about the next one: pax attributes, of it or of all, or a long name. */
const isAbout = ({ type }: TarHeader): boolean => ['x', 'g', 'L', 'K'].includes(type)

function about({ type }: TarHeader, bytes: Uint8Array): { name?: string; size?: number } {
  if (type === 'L') return { name: new TextDecoder().decode(bytes).replace(/\0.*$/s, '') }
  if (type !== 'x') return {}
  const attributes = readPax(bytes)
  if ([...attributes.keys()].some((key) => key.startsWith('GNU.sparse.'))) throw new TarError('it has a sparse file')
  const [path, size] = [attributes.get('path'), attributes.get('size')]
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw new TarError('a pax header has a size that is none')
  return { ...(path !== undefined && { name: path }), ...(size !== undefined && { size: Number(size) }) }
}

function demandFew({ size }: TarHeader): number {
  if (size > MOST_BYTES) throw new TarError(`a header is longer than ${MOST_BYTES} bytes`)
  return size
}

function isFile({ type }: TarHeader, name: string): boolean {
  if (type === '5') return false
  if (['0', '\0', '7'].includes(type)) return !name.endsWith('/')
  const kinds: Record<string, string> = { '1': 'a link', '2': 'a link', S: 'a sparse file' }
  throw new TarError(`${shown(name)} is ${kinds[type] ?? 'no file'}`)
}

/** Nothing is written, but a name is part of messages and records, and of what others may write. */
function demandInside(name: string): string {
  const isSafe = name !== '' && !/^[/\\]|^[a-z]:|\0/i.test(name) && !name.split(/[/\\]/).includes('..')
  if (!isSafe) throw new TarError(`${shown(name)} is a path that leaves the archive`)
  return name.replace(/^(\.\/)+/, '')
}

function demandEnd(rest: Uint8Array, length: number): void {
  if (rest.length < length || rest.some((byte) => byte !== 0))
    throw new TarError('it goes on after its end, as archives do that were put one after another')
}
