import { TarError } from './TarError.js'

/** Archives are made of blocks of this many bytes. */
export const BLOCK = 512

/** The contents of a header (POSIX.1-1988 ustar, and GNU's form of it). */
export interface TarHeader {
  readonly name: string
  readonly size: number
  readonly type: string
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const [CHECKSUM, CHECKSUM_END] = [148, 156]

/**
 * Reads a header.
 *
 * @returns undefined for a block of zeros, which ends an archive
 * @throws TarError
 */
export function readHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  if (!checks(block)) throw new TarError('a header has another checksum than it says: it is no tar archive, or damaged')
  const isPosix = decoder.decode(block.subarray(257, 263)) === 'ustar\0'
  const prefix = isPosix ? text(block, 345, 155) : ''
  const name = text(block, 0, 100)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: number(block, 124, 12),
    type: String.fromCharCode(block[156]!),
  }
}

/** Tells whether the sum of the bytes is the one that is noted; some old programs took them as signed. */
function checks(block: Uint8Array): boolean {
  let [unsigned, signed] = [0, 0]
  for (let at = 0; at < BLOCK; at++) {
    const byte = at >= CHECKSUM && at < CHECKSUM_END ? 0x20 : block[at]!
    unsigned += byte
    signed += (byte << 24) >> 24
  }
  const noted = number(block, CHECKSUM, CHECKSUM_END - CHECKSUM)
  return noted === unsigned || noted === signed
}

function text(block: Uint8Array, begin: number, most: number): string {
  const field = block.subarray(begin, begin + most)
  const end = field.indexOf(0)
  return decoder.decode(end < 0 ? field : field.subarray(0, end))
}

/** Reads a number in octal digits, or, if its first bit is set, in base 256, as GNU writes large ones. */
function number(block: Uint8Array, begin: number, length: number): number {
  const first = block[begin]!
  let value = 0
  if (first & 0x80) {
    value = first & 0x7f
    for (let at = begin + 1; at < begin + length; at++) value = value * 256 + block[at]!
  } else {
    const digits = text(block, begin, length).trim()
    if (!/^[0-7]*$/.test(digits)) throw new TarError('a header has a number that is none')
    value = Number.parseInt(digits || '0', 8)
  }
  if (!Number.isSafeInteger(value)) throw new TarError('a header has a number that is too large')
  return value
}

/** Reads the attributes of a pax header: `length key=value`, each in a line (POSIX.1-2001). @throws TarError */
export function readPax(bytes: Uint8Array): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const digits = space < 0 ? '' : decoder.decode(bytes.subarray(at, space))
    const end = at + Number(digits)
    if (!/^\d{1,9}$/.test(digits) || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a)
      throw new TarError('a pax header is damaged')
    const line = decoder.decode(bytes.subarray(space + 1, end - 1))
    const equals = line.indexOf('=')
    if (equals < 0) throw new TarError('a pax header is damaged')
    attributes.set(line.slice(0, equals), line.slice(equals + 1))
    at = end
  }
  return attributes
}
