import { viewOf } from './bytes.js'

const MOST_IN_BLOCK = 65_535

/**
 * Makes zlib data that stores bytes uncompressed, which is fast to write and to read (RFC 1950, RFC 1951 section
 * 3.2.4).
 */
export function stored(data: Uint8Array): Uint8Array {
  const blocks = Math.max(Math.ceil(data.length / MOST_IN_BLOCK), 1)
  const result = new Uint8Array(2 + 5 * blocks + data.length + 4)
  const view = viewOf(result)
  view.setUint16(0, 0x7801)
  let at = 2
  for (let block = 0; block < blocks; block++) {
    const piece = data.subarray(block * MOST_IN_BLOCK, (block + 1) * MOST_IN_BLOCK)
    result[at] = block === blocks - 1 ? 1 : 0
    view.setUint16(at + 1, piece.length, true)
    view.setUint16(at + 3, ~piece.length, true)
    result.set(piece, at + 5)
    at += 5 + piece.length
  }
  view.setUint32(at, adler32(data))
  return result
}

/** The number of bytes whose sums stay below 2^32. */
const MOST_SUMMED = 5552

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0]
  for (let at = 0; at < data.length; ) {
    const end = Math.min(at + MOST_SUMMED, data.length)
    for (; at < end; at++) {
      a += data[at]!
      b += a
    }
    a %= 65_521
    b %= 65_521
  }
  return b * 65_536 + a
}
