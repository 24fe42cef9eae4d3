import { cutOff, viewOf } from './bytes.js'
import type { ImageFile } from './ImageFile.js'

const FILE_HEADER = 14
/** The lengths of BITMAPINFOHEADER and its longer successors. */
const HEADERS = [40, 52, 56, 108, 124]
const [PLAIN, BIT_FIELDS, ALPHA_BIT_FIELDS] = [0, 3, 6]
const DEPTHS = [1, 4, 8, 16, 24, 32]

/** Validates the header of a BMP, and that its rows are all there. */
export function readBmp(bytes: Uint8Array): ImageFile {
  if (bytes.length < FILE_HEADER + 40) throw cutOff('its header does')
  const view = viewOf(bytes)
  const header = view.getUint32(14, true)
  if (!HEADERS.includes(header)) throw new Error(`its header has ${header} bytes, decoded are ${HEADERS.join(', ')}`)
  // A negative height means rows from the top.
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))]
  const [depth, compression] = [view.getUint16(28, true), view.getUint32(30, true)]
  if (width <= 0 || height === 0) throw new Error(`its header says ${width} x ${height} pixels`)
  if (!DEPTHS.includes(depth)) throw new Error(`its pixels have ${depth} bits, decoded are ${DEPTHS.join(', ')}`)
  const isPacked = [BIT_FIELDS, ALPHA_BIT_FIELDS].includes(compression) && [16, 32].includes(depth)
  if (compression !== PLAIN && !isPacked)
    throw new Error(`its compression ${compression} at ${depth} bits is not decoded`)
  const start = pixelStart(view, depth, header, compression)
  const row = Math.ceil((width * depth) / 32) * 4
  // The last row may lack the bytes that fill it up.
  if (start + row * (height - 1) + Math.ceil((width * depth) / 8) > bytes.length) throw cutOff('its pixels do')
  return { format: 'bmp', width, height, orientation: 1, bytes: complete(bytes, start + row * height) }
}

/** Returns the offset of the pixels. jimp assumes that they follow header and palette, whatever the file says. */
function pixelStart(view: DataView, depth: number, header: number, compression: number): number {
  const declared = view.getUint32(10, true)
  const masks = header > 40 || compression === PLAIN ? 0 : compression === BIT_FIELDS ? 12 : 16
  const colours = view.getUint32(46, true) || (depth <= 8 ? 2 ** depth : 0)
  if (depth <= 8 && colours > 2 ** depth) throw new Error(`its palette has ${colours} colours at ${depth} bits`)
  const start = FILE_HEADER + header + masks + 4 * colours
  if (declared !== start) throw new Error(`its pixels begin at byte ${declared} instead of ${start}`)
  return start
}

function complete(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes.subarray(0, length)
  const filled = new Uint8Array(length)
  filled.set(bytes)
  return filled
}
