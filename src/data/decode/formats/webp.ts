import { ascii, cutOff, startsWith, viewOf } from './bytes.js'
import { exifOrientation, type Orientation } from './exif.js'
import type { ImageFile } from './ImageFile.js'

/** Validates the chunks of a WebP up to the length that its first states. */
export function readWebp(bytes: Uint8Array): ImageFile {
  const length = 8 + viewOf(bytes).getUint32(4, true)
  if (length > bytes.length) throw cutOff('it says that it does')
  let size: Size | undefined
  let orientation: Orientation | undefined
  let image: Uint8Array | undefined
  for (const { name, content, whole } of chunks(bytes.subarray(0, length))) {
    // The first states it: a canvas (VP8X), or the image itself. libwebp compares them.
    size ??= sizes[name]?.(content)
    if (name === 'VP8 ' || name === 'VP8L') image ??= whole
    if (name === 'EXIF') orientation ??= exifOrientation(withoutPrefix(content))
  }
  if (!size) throw new Error('it does not say how large it is')
  const [width, height] = size
  if (width === 0 || height === 0) throw new Error(`its header says ${width} x ${height} pixels`)
  const { format, onlySharp } = { format: 'webp', onlySharp: 'WebP' } as const
  return {
    ...{ format, onlySharp, width, height, orientation: orientation ?? 1, bytes: bytes.subarray(0, length) },
    pixelsAlone: image && (() => withOneChunk(image)),
  }
}

function* chunks(bytes: Uint8Array) {
  const view = viewOf(bytes)
  for (let at = 12; at + 8 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at + 4, true)
    if (end > bytes.length) throw cutOff('a chunk does')
    const whole = bytes.subarray(at, end)
    yield { name: ascii(bytes, at, 4), content: bytes.subarray(at + 8, end), whole }
    at = end + (end & 1)
  }
}

/** Returns a file of one image without alpha (that of a lossless image is part of it), EXIF data and colour profile. */
function withOneChunk(image: Uint8Array): Uint8Array {
  const file = new Uint8Array(12 + image.length + (image.length & 1))
  file.set(new TextEncoder().encode('RIFF    WEBP'))
  viewOf(file).setUint32(4, file.length - 8, true)
  file.set(image, 12)
  return file
}

/** Returns EXIF data without the prefix of a JPEG segment, which some writers leave in. */
const withoutPrefix = (exif: Uint8Array) => (startsWith(exif, 'Exif\0\0') ? exif.subarray(6) : exif)

type Size = readonly [width: number, height: number]

/**
 * Readers of the size, by chunk: https://developers.google.com/speed/webp/docs/riff_container and the bitstreams'
 * headers.
 */
const sizes: Readonly<Record<string, (content: Uint8Array) => Size | undefined>> = {
  'VP8 '(content) {
    if (content.length < 10) return undefined
    const view = viewOf(content)
    return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff]
  },
  VP8L(content) {
    if (content.length < 5) return undefined
    const bits = viewOf(content).getUint32(1, true)
    return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]
  },
  VP8X(content) {
    if (content.length < 10) return undefined
    const view = viewOf(content)
    return [(view.getUint32(3, true) >>> 8) + 1, (view.getUint32(6, true) >>> 8) + 1]
  },
}
