import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { resample } from '../../src/transforms/resample.js'
import { resize } from '../../src/transforms/resize.js'
import { contiguousImage, cropImage, type RgbImage } from '../../src/transforms/rgbImage.js'
import { noise } from './noise.js'

const bytes = (image: RgbImage) => Buffer.from(contiguousImage(image).data)

/** Sides of an image, what it is resized to, and what is cut out. */
const cases: readonly [from: readonly [number, number], to: number | readonly [number, number], out: number][] = [
  [[40, 30], 24, 20],
  [[30, 41], 24, 20],
  [[30, 41], 24, 21],
  [[41, 30], 60, 50],
  [[24, 33], 24, 20],
  [[33, 24], 24, 24],
  [[24, 33], [24, 20], 20],
  [[24, 33], [40, 33], 31],
  [[24, 33], [24, 33], 11],
  [[30, 41], 24, 30],
  [[30, 41], 24, 100],
  [[1, 300], 32, 24],
  [[300, 1], 32, 24],
  [[2, 301], 8, 7],
  [[301, 2], [9, 400], 16],
]

describe('resize and then centerCrop', () => {
  test.each(cases)('%j to %j, of which %i are kept: as one after another, to the bit', (from, to, out) => {
    const image = noise(...from)
    const expected = centerCrop(out).apply(resize(to).apply(image, seededRandom(0)), seededRandom(0))
    const together = compose([resize(to), centerCrop(out)]).apply(image, seededRandom(0))
    expect(together.shape).toEqual([out, out, 3])
    expect(Buffer.compare(bytes(together), bytes(expected))).toBe(0)
  })

  test('of a view: cropped and mirrored', () => {
    const view = cropImage(noise(50, 60), { top: 3, left: 5, height: 41, width: 37 }).step(1, -1, 1)
    const together = compose([resize(24), centerCrop(20)]).apply(view, seededRandom(0))
    const expected = centerCrop(20).apply(resize(24).apply(contiguousImage(view), seededRandom(0)), seededRandom(0))
    expect(Buffer.compare(bytes(together), bytes(expected))).toBe(0)
  })

  test('with steps before and after, whose chance stays what it was', () => {
    const seen: number[] = []
    const drawing = {
      name: 'drawing',
      apply: (image: RgbImage, source: { next(): number }) => {
        seen.push(source.next())
        return image
      },
    }
    const twice = { name: 'same', apply: (image: RgbImage) => image }
    compose([resize(24), centerCrop(20), drawing]).apply(noise(40, 30), seededRandom(7))
    compose([twice, twice, drawing]).apply(noise(40, 30), seededRandom(7))
    expect(seen[0]).toBe(seen[1])
  })
})

test('any part of a resized image is that part, to the bit', () => {
  const image = noise(37, 53)
  const source = seededRandom('parts')
  for (const [height, width] of [
    [20, 20],
    [80, 30],
    [37, 90],
    [10, 53],
  ] as const) {
    const all = resample(image, height, width)
    for (let i = 0; i < 10; i++) {
      const [top, left] = [source.integer(0, height - 1), source.integer(0, width - 1)]
      const box = { top, left, height: source.integer(1, height - top), width: source.integer(1, width - left) }
      expect(Buffer.compare(bytes(resample(image, height, width, box)), bytes(cropImage(all, box)))).toBe(0)
    }
  }
})

test('an image of very many rows, resampled in bands, has the same sums', () => {
  const [rows, columns, height] = [720_000, 64, 7]
  const image = noise(rows, 1)
  const narrow = resample(image, height, 1)
  const wide = resample(image, height, columns) // 132 MB between the passes
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++)
      for (let c = 0; c < 3; c++) if (wide.get(y, x, c) !== narrow.get(y, 0, c)) throw new Error(`at ${y}, ${x}, ${c}`)
})

test('resize alone refuses to make gigabytes, and says what it would make', () => {
  expect(() => resize(256).apply(noise(1, 30_000), seededRandom(0))).toThrow('would become one of 7680000 x 256')
})

test('images with enormous sides take no enormous memory', { timeout: 60_000 }, async () => {
  const script = fileURLToPath(new URL('extreme.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  const { shapes, megabytes } = JSON.parse(stdout) as { shapes: string[]; megabytes: number }
  expect(shapes).toEqual(new Array(9).fill('224 x 224 x 3'))
  expect(megabytes).toBeLessThan(300)
})
