import type { FailAt } from './ManifestRow.js'

const [QUOTE, COMMA, LF, CR] = [0x22, 0x2c, 0x0a, 0x0d]
/** The result of a scan that needs more bytes. */
export const INCOMPLETE = -1

/** A scanner of the records of a CSV file (RFC 4180). It keeps places, not texts: a file has millions. */
export class CsvScanner {
  /** The number of fields of the last record, and the places of their bytes, without quotation marks. */
  fields = 0
  private readonly begins: number[] = []
  private readonly ends: number[] = []
  private readonly doubled: boolean[] = []
  /** The number of lines inside the fields of the last record. */
  private inner = 0

  constructor(private readonly fail: FailAt) {}

  /**
   * Scans a record.
   *
   * @param line that it begins at, for errors
   * @returns the place of the next record, or INCOMPLETE
   */
  scan(bytes: Uint8Array, from: number, line: number, isLast: boolean): number {
    this.fields = 0
    this.inner = 0
    for (let at = from; ; at++) {
      const isQuoted = bytes[at] === QUOTE
      const end = isQuoted ? this.quoted(bytes, at, line, isLast) : this.plain(bytes, at)
      if (end === INCOMPLETE || (end === bytes.length && !isLast)) return INCOMPLETE
      this.fields++
      if (end === bytes.length || bytes[end] === LF) return Math.min(end + 1, bytes.length)
      if (bytes[end] === CR) {
        if (end + 1 === bytes.length && !isLast) return INCOMPLETE
        return bytes[end + 1] === LF ? end + 2 : end + 1
      }
      if (bytes[end] !== COMMA) this.outOfPlace(line)
      at = end
    }
  }

  /** Returns the lines that the last record takes, one at least. */
  get lines(): number {
    return 1 + this.inner
  }

  /** Tells whether the last record is an empty line. */
  get isEmpty(): boolean {
    return this.fields === 1 && this.begins[0] === this.ends[0]
  }

  /** Returns the bytes of a field of the last record. */
  field(bytes: Uint8Array, place: number): Uint8Array {
    const field = bytes.subarray(this.begins[place]!, this.ends[place]!)
    return this.doubled[place] ? field.filter((byte, i) => byte !== QUOTE || marksBefore(field, i) % 2 === 1) : field
  }

  private plain(bytes: Uint8Array, begin: number): number {
    let at = begin
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte === COMMA || byte === LF || byte === CR || byte === QUOTE) break
    }
    this.keep(begin, at, false)
    return at
  }

  private quoted(bytes: Uint8Array, mark: number, line: number, isLast: boolean): number {
    let isDoubled = false
    let end = bytes.indexOf(QUOTE, mark + 1)
    for (; end >= 0 && bytes[end + 1] === QUOTE; end = bytes.indexOf(QUOTE, end + 2)) isDoubled = true
    if (end < 0) return isLast ? this.outOfPlace(line) : INCOMPLETE
    this.keep(mark + 1, end, isDoubled)
    this.inner += linesIn(bytes, mark + 1, end)
    return end + 1
  }

  private keep(begin: number, end: number, isDoubled: boolean): void {
    this.begins[this.fields] = begin
    this.ends[this.fields] = end
    this.doubled[this.fields] = isDoubled
  }

  private outOfPlace(line: number): never {
    return this.fail(line + this.inner, 'a quotation mark is out of place')
  }
}

/** Counts the quotation marks that stand directly before a place. */
function marksBefore(bytes: Uint8Array, place: number): number {
  let count = 0
  while (bytes[place - 1 - count] === QUOTE) count++
  return count
}

function linesIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF)) count++
  return count
}
