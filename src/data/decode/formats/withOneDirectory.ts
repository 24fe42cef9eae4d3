import { viewOf } from './bytes.js'
import { isLittleEndian, TAG, type Tags } from './tiffDirectory.js'

const [SHORT, LONG] = [3, 4]
/** Tags that are dropped: orientation is applied later, and an image in strips has no tiles. */
const unused: readonly number[] = [TAG.orientation, TAG.tileBytes]

/** Returns a TIFF file with one new directory at its end, of the tags that affect pixels, without orientation. */
export function withOneDirectory(bytes: Uint8Array, tags: Tags): Uint8Array {
  const little = isLittleEndian(bytes)!
  const used = Object.values(TAG).filter((tag) => !unused.includes(tag) && tags.has(tag))
  const start = bytes.length + (bytes.length & 1)
  let valuesAt = start + 2 + 12 * used.length + 4
  const room = used.reduce((sum, tag) => sum + 4 * tags.get(tag)!.length, 0)
  const result = new Uint8Array(valuesAt + room)
  result.set(bytes)
  const view = viewOf(result)
  view.setUint32(4, start, little)
  view.setUint16(start, used.length, little)
  for (const [i, tag] of used.entries()) {
    const at = start + 2 + 12 * i
    const values = tags.get(tag)!
    const isShort = values.every((value) => value < 2 ** 16)
    const size = isShort ? 2 : 4
    view.setUint16(at, tag, little)
    view.setUint16(at + 2, isShort ? SHORT : LONG, little)
    view.setUint32(at + 4, values.length, little)
    const isInside = size * values.length <= 4
    if (!isInside) view.setUint32(at + 8, valuesAt, little)
    for (const [k, value] of values.entries()) {
      const to = (isInside ? at + 8 : valuesAt) + size * k
      if (isShort) view.setUint16(to, value, little)
      else view.setUint32(to, value, little)
    }
    if (!isInside) valuesAt += size * values.length
  }
  return result
}
