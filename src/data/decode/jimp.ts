import { type Picture, picture } from '../../transforms/picture.js'
import { type Header, jpegSegments } from './header.js'

/**
 * Decodes by jimp (JavaScript, anywhere). jimp turns a photograph as its EXIF data asks and makes a transparent colour
 * of a PNG black; Pillow does neither, so the EXIF data and the transparency are taken out before. It blows up the
 * colour of a JPEG by repeating pixels where libjpeg interpolates, so edges differ from sharp's by some grey levels.
 * It takes missing bytes of a TIFF for zeros.
 */
export async function decodeByJimp(bytes: Uint8Array, header: Header): Promise<Picture> {
  if (header.truncated) throw new Error('the file ends before its pixels do')
  const { Jimp } = await import('jimp')
  const deep = header.format === 'png' && header.depth === 16
  const plain =
    header.format === 'jpeg' ? withoutExif(bytes) : header.format === 'png' ? withoutChunk(bytes, 'tRNS') : bytes
  const file = new Uint8Array(plain).buffer
  const options = { 'image/jpeg': unlimited, 'image/png': { skipRescale: deep } }
  const { bitmap } = await Jimp.fromBuffer(file, options)
  return picture(
    rgb(bitmap.data, deep ? (header.colour === 0 ? clipped : highByte) : asIs),
    bitmap.height,
    bitmap.width,
  )
}

/** jpeg-js has limits of its own; `maxPixels` has been checked by now. */
const unlimited = { maxResolutionInMP: 1e6, maxMemoryUsageInMB: 1e6 }

const asIs = (value: number): number => value
const highByte = (value: number): number => value >> 8
/** Pillow opens 16-bit grey as mode I;16, whose convert('RGB') clips at 255 instead of scaling. */
const clipped = (value: number): number => Math.min(value, 255)

function rgb(rgba: ArrayLike<number>, toByte: (value: number) => number): Uint8Array {
  const result = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    result[to++] = toByte(rgba[from]!)
    result[to++] = toByte(rgba[from + 1]!)
    result[to++] = toByte(rgba[from + 2]!)
  }
  return result
}

/** A JPEG whose EXIF segments no longer say so. */
function withoutExif(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  for (const { marker, from, to } of jpegSegments(view)) {
    if (marker === 0xffe1 && to - from >= 4 && view.getUint32(from) === 0x45786966) copy[from] = 0
  }
  return copy
}

/** A PNG without its chunks of that name. */
function withoutChunk(bytes: Uint8Array, name: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at)
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === name) {
      const rest = new Uint8Array(bytes.length - (end - at))
      rest.set(bytes.subarray(0, at))
      rest.set(bytes.subarray(end), at)
      return rest
    }
    at = end
  }
  return bytes
}
