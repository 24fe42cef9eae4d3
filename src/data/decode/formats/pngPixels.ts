import { crc32 } from '../../../io/zip/crc32.js'
import { inflateUpTo } from '../../../io/zip/inflate.js'
import { joined, viewOf } from './bytes.js'
import type { ImageFile } from './ImageFile.js'
import { chunks } from './png.js'
import { stored } from './stored.js'

/**
 * Returns a PNG with exactly the inflated pixels that it needs. For missing ones jimp uses uninitialised memory, it
 * fails on some surplus ones, and it inflates all data of an interlaced file, which may be gigabytes. Surplus pixels
 * are dropped, as by libpng.
 * @throws Error if the data is damaged or ends before its pixels do
 */
export async function withPixelsAlone({ bytes, width, height, isInterlaced }: ImageFile): Promise<Uint8Array> {
  const size = pixelBytes(width, height, bitsOfPixel(bytes), isInterlaced ? passes : [[0, 0, 1, 1]])
  const all = [...chunks(bytes)]
  const data = joined(all.filter(({ name }) => name === 'IDAT').map(({ content }) => content))
  const { result, end } = await inflateUpTo(data, size, 'deflate')
  if (result.length < size || end === 'damaged')
    throw new Error(
      `its data holds ${result.length} of ${size} bytes of pixels, and ${end === 'damaged' ? 'is damaged' : 'no more'}`,
    )
  const whole = (wanted: string) => all.filter(({ name }) => name === wanted).map((chunk) => chunk.whole)
  const pixels = chunkOf('IDAT', stored(result))
  return joined([bytes.subarray(0, 8), ...whole('IHDR'), ...whole('PLTE'), pixels, ...whole('IEND')])
}

type Pass = readonly [left: number, top: number, across: number, down: number]

/** The first column and row of each pass of an interlaced image, and the distance between them. */
const passes: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]

/** Returns the bytes of rows of whole bytes, each preceded by a byte for its filter. */
function pixelBytes(width: number, height: number, bits: number, passes: readonly Pass[]): number {
  return passes.reduce((sum, [left, top, across, down]) => {
    const columns = Math.max(Math.ceil((width - left) / across), 0)
    const rows = Math.max(Math.ceil((height - top) / down), 0)
    return sum + (columns > 0 ? rows * (1 + Math.ceil((columns * bits) / 8)) : 0)
  }, 0)
}

function bitsOfPixel(png: Uint8Array): number {
  const [depth, colour] = [png[24]!, png[25]!]
  return depth * ({ 2: 3, 4: 2, 6: 4 }[colour] ?? 1)
}

function chunkOf(name: string, content: Uint8Array): Uint8Array {
  const named = joined([new TextEncoder().encode(name), content])
  const chunk = new Uint8Array(named.length + 8)
  chunk.set(named, 4)
  const view = viewOf(chunk)
  view.setUint32(0, content.length)
  view.setUint32(chunk.length - 4, crc32(named))
  return chunk
}
