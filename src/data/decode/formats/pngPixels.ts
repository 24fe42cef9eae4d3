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
export async function withPixelsAlone(file: ImageFile): Promise<Uint8Array> {
  const whole = (wanted: string) =>
    [...chunks(file.bytes)].filter(({ name }) => name === wanted).map((chunk) => chunk.whole)
  const pixels = chunkOf('IDAT', stored(await inflatePixels(file)))
  return joined([file.bytes.subarray(0, 8), ...whole('IHDR'), ...whole('PLTE'), pixels, ...whole('IEND')])
}

/**
 * Inflates the rows of all passes, each after a byte for its filter.
 * @throws Error if the data is damaged or ends before its pixels do
 */
export async function inflatePixels(file: ImageFile): Promise<Uint8Array> {
  const bits = bitsOfPixel(file.bytes)
  const size = passesOf(file).reduce((sum, { columns, rows }) => sum + rows * rowBytes(columns, bits), 0)
  const parts = [...chunks(file.bytes)].filter(({ name }) => name === 'IDAT').map(({ content }) => content)
  const { result, end } = await inflateUpTo(joined(parts), size, 'deflate')
  if (result.length === size && end !== 'damaged') return result
  throw new Error(
    `its data holds ${result.length} of ${size} bytes of pixels, and ${end === 'damaged' ? 'is damaged' : 'no more'}`,
  )
}

/** Returns the bytes of a row, with that of its filter. */
export const rowBytes = (columns: number, bits: number): number => 1 + Math.ceil((columns * bits) / 8)

type Step = readonly [left: number, top: number, across: number, down: number]

/** The first column and row of each pass of an interlaced image, and the distance between them. */
const INTERLACED: readonly Step[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]

/** Returns the passes that hold pixels, with the number of their columns and rows. */
export function passesOf({ width, height, isInterlaced }: ImageFile) {
  const steps: readonly Step[] = isInterlaced ? INTERLACED : [[0, 0, 1, 1]]
  const sized = steps.map(([left, top, across, down]) => {
    const columns = Math.max(Math.ceil((width - left) / across), 0)
    return { left, top, across, down, columns, rows: Math.max(Math.ceil((height - top) / down), 0) }
  })
  return sized.filter(({ columns }) => columns > 0)
}

export function bitsOfPixel(png: Uint8Array): number {
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
