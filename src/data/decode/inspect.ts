import { readBmp } from './formats/bmp.js'
import { ascii, startsWith } from './formats/bytes.js'
import { readGif } from './formats/gif.js'
import type { ImageFile } from './formats/ImageFile.js'
import { readJpeg } from './formats/jpeg.js'
import { readPng } from './formats/png.js'
import { readTiff } from './formats/tiff.js'
import { isLittleEndian } from './formats/tiffDirectory.js'
import { readWebp } from './formats/webp.js'

/** The first bytes of a file of each format, and the function that validates it. */
const formats: readonly {
  begins(bytes: Uint8Array): boolean
  read(bytes: Uint8Array): ImageFile
}[] = [
  { begins: (bytes) => startsWith(bytes, '\xff\xd8'), read: readJpeg },
  { begins: (bytes) => startsWith(bytes, '\x89PNG\r\n\x1a\n'), read: readPng },
  { begins: (bytes) => startsWith(bytes, 'GIF8'), read: readGif },
  { begins: (bytes) => startsWith(bytes, 'BM'), read: readBmp },
  { begins: (bytes) => startsWith(bytes, 'RIFF') && ascii(bytes, 8, 4) === 'WEBP', read: readWebp },
  { begins: (bytes) => isLittleEndian(bytes) !== undefined, read: readTiff },
]

/**
 * Validates an image file without decoding it; its format is recognised by its bytes, not by its name.
 * @throws Error that describes the problem
 */
export function inspect(bytes: Uint8Array): ImageFile {
  const format = formats.find(({ begins }) => begins(bytes))
  if (!format) throw new Error(bytes.length === 0 ? 'it is empty' : 'it is in no known image format')
  return format.read(bytes)
}
