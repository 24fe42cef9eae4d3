import { joined } from '../../src/bytes.js'
import { crc32 } from '../../src/io/zip/crc32.js'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** Writes an image as a PNG file, in Node and in a page. @param rgb rows from the top, three bytes a pixel */
export async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const row = 3 * width
  const lines = new Uint8Array((row + 1) * height)
  for (let y = 0; y < height; y++) lines.set(rgb.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  // Eight bits of red, green and blue.
  const header = [...bigEndian(width), ...bigEndian(height), 8, 2, 0, 0, 0]
  const chunks = [chunk('IHDR', Uint8Array.from(header)), chunk('IDAT', await deflate(lines)), chunk('IEND')]
  return joined([SIGNATURE, ...chunks])
}

function chunk(type: string, data = new Uint8Array()): Uint8Array {
  const body = joined([new TextEncoder().encode(type), data])
  return joined([bigEndian(data.length), body, bigEndian(crc32(body))])
}

const bigEndian = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
