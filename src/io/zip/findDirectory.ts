import { ZipError } from './ZipError.js'

export interface Directory {
  readonly begin: number
  readonly end: number
  readonly count: number
}

const [END, END64, LOCATOR64] = [0x06054b50, 0x06064b50, 0x07064b50]
const LONGEST_COMMENT = 0xffff

/** The number of bytes at the end of a zip file that hold its last records, whatever its comment. */
export const LONGEST_END = 22 + LONGEST_COMMENT + 20 + 56

/**
 * Finds the central directory of a zip file, from its end; reads the 64-bit record if the 32-bit one is saturated.
 *
 * @param view the last bytes of the file: all of them, or at least `LONGEST_END`
 * @param offset the place of the view in the file
 */
export function findDirectory(view: DataView, offset = 0): Directory {
  const at = findEnd(view)
  let [count, size, begin] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ]
  if (count === 0xffff || size === 0xffffffff || begin === 0xffffffff) {
    const wide = findEnd64(view, at, offset)
    ;[count, size, begin] = [wide(32), wide(40), wide(48)]
  }
  const end = begin + size
  if (!(end <= offset + at)) throw new ZipError(`its directory (${size} bytes at ${begin}) reaches beyond the file`)
  if (count * 46 > size) throw new ZipError(`its directory of ${size} bytes cannot hold ${count} entries`)
  return { begin, end, count }
}

function findEnd(view: DataView): number {
  const last = view.byteLength - 22
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) if (view.getUint32(at, true) === END) return at
  throw new ZipError('it has no directory: the file was cut off')
}

function findEnd64(view: DataView, end: number, offset: number): (field: number) => number {
  const locator = end - 20
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR64) throw new ZipError('it lacks its zip64 directory')
  const at = Number(view.getBigUint64(locator + 8, true)) - offset
  if (at < 0 || at + 56 > locator || view.getUint32(at, true) !== END64)
    throw new ZipError('its zip64 directory is not there')
  return (field) => Number(view.getBigUint64(at + field, true))
}
