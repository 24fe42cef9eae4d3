import { joined } from '../../bytes.js'
import type { FailAt, RowReader } from './ManifestRow.js'

/** The most bytes of a row: a quotation mark that is never closed would collect the whole file in memory. */
const MOST_BYTES = 2 ** 24
const MARK = [0xef, 0xbb, 0xbf]

/** Reads the rows of a file that arrives in pieces. The mark of the byte order, which some programs write, is left out. */
export async function readRows(pieces: AsyncIterable<Uint8Array>, reader: RowReader, fail: FailAt): Promise<void> {
  let rest = new Uint8Array()
  let isBegun = false
  for await (const piece of pieces) {
    let bytes = rest.length > 0 ? joined([rest, piece]) : piece
    if (!isBegun && bytes.length >= MARK.length) {
      isBegun = true
      bytes = withoutMark(bytes)
    }
    const used = isBegun ? reader.read(bytes, false) : 0
    rest = bytes.slice(used)
    if (rest.length > MOST_BYTES) fail(reader.line, `a row is longer than ${MOST_BYTES} bytes`)
  }
  reader.read(rest, true)
}

const withoutMark = (bytes: Uint8Array): Uint8Array =>
  MARK.every((byte, place) => bytes[place] === byte) ? bytes.subarray(MARK.length) : bytes
