import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { normalize } from '../../src/transforms/normalize.js'
import { randomHorizontalFlip } from '../../src/transforms/randomHorizontalFlip.js'
import { cropBox, randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { resizedCrop } from '../../src/transforms/resize.js'
import { contiguousImage, cropImage, type RgbImage, rgbImage } from '../../src/transforms/rgbImage.js'
import { roundHalfEven } from '../../src/transforms/round.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { noise } from './noise.js'

const bytes = (image: RgbImage) => [...contiguousImage(image).data]
const mean = [0.485, 0.456, 0.406]
const std = [0.229, 0.224, 0.225]

describe('randomResizedCrop', () => {
  const draw = (height: number, width: number, scale: [number, number], ratio: [number, number], count: number) =>
    Array.from({ length: count }, (_, i) => cropBox(height, width, scale, ratio, seededRandom('crop', i)))

  test('area is uniform, aspect log-uniform, position uniform', () => {
    // An image so large that whole pixels do not matter, and boxes so small that none is refused.
    const size = 100_000
    const boxes = draw(size, size, [0.1, 0.3], [1 / 2, 2], 4000)
    const share = boxes.map(({ height, width }) => ((height * width) / size ** 2 - 0.1) / 0.2)
    const aspect = boxes.map(({ height, width }) => Math.log2(width / height) / 2 + 0.5)
    const top = boxes.map(({ top, height }) => top / (size - height))
    const left = boxes.map(({ left, width }) => left / (size - width))
    for (const values of [share, aspect, top, left]) expect(distanceFromUniform(values)).toBeLessThan(0.03)
    expect(Math.abs(correlation(share, aspect))).toBeLessThan(0.05)
    expect(Math.abs(correlation(top, left))).toBeLessThan(0.05)
  })

  test('boxes lie inside, on small images too', () => {
    for (const [height, width] of [
      [1, 1],
      [2, 3],
      [7, 100],
      [100, 7],
    ] as const)
      for (const box of draw(height, width, [0.08, 1], [3 / 4, 4 / 3], 300)) {
        expect(box.height).toBeGreaterThan(0)
        expect(box.width).toBeGreaterThan(0)
        expect(box.top).toBeGreaterThanOrEqual(0)
        expect(box.left).toBeGreaterThanOrEqual(0)
        expect(box.top + box.height).toBeLessThanOrEqual(height)
        expect(box.left + box.width).toBeLessThanOrEqual(width)
      }
  })

  test('after ten tries the largest central crop of an allowed ratio, as torchvision', () => {
    const last = (height: number, width: number, ratio: [number, number]) =>
      cropBox(height, width, [4, 4], ratio, seededRandom(0))
    expect(last(100, 301, [3 / 4, 4 / 3])).toEqual({ top: 0, left: 84, height: 100, width: 133 })
    expect(last(301, 100, [3 / 4, 4 / 3])).toEqual({ top: 84, left: 0, height: 133, width: 100 })
    expect(last(90, 100, [3 / 4, 4 / 3])).toEqual({ top: 0, left: 0, height: 90, width: 100 })
    expect(last(5, 100, [0.5, 0.5])).toEqual({ top: 0, left: 49, height: 5, width: 2 }) // round(2.5) is 2 in Python
  })

  test('resizes the part in the box, seeing nothing outside', () => {
    const image = noise(30, 40)
    const result = randomResizedCrop([9, 11]).apply(image, seededRandom(5))
    const box = cropBox(30, 40, [0.08, 1], [3 / 4, 4 / 3], seededRandom(5))
    expect(bytes(result)).toEqual(
      bytes(resizedCrop(contiguousImage(cropImage(image, box)), { ...box, top: 0, left: 0 }, 9, 11)),
    )
    expect(bytes(result)).not.toEqual(bytes(randomResizedCrop([9, 11]).apply(image, seededRandom(6))))
  })

  test('ranges are checked', () => {
    expect(() => randomResizedCrop(224, { scale: [0.5, 0.1] })).toThrow('randomResizedCrop: scale must be [min, max]')
    expect(() => randomResizedCrop(224, { sclae: [0.1, 0.5] } as never)).toThrow('unknown options (sclae)')
  })
})

describe('randomHorizontalFlip', () => {
  test('mirrors each row, with probability p', () => {
    const image = noise(3, 4)
    const mirrored = randomHorizontalFlip({ p: 1 }).apply(image, seededRandom(0))
    for (let y = 0; y < 3; y++) for (let x = 0; x < 4; x++) expect(mirrored.get(y, x, 1)).toBe(image.get(y, 3 - x, 1))
    expect(randomHorizontalFlip({ p: 0 }).apply(image, seededRandom(0))).toBe(image)
    const flips = Array.from(
      { length: 2000 },
      (_, i) => randomHorizontalFlip({ p: 0.3 }).apply(image, seededRandom(i)) !== image,
    )
    expect(flips.filter(Boolean).length / 2000).toBeCloseTo(0.3, 1)
  })
})

describe('centerCrop', () => {
  test('the offset of an odd rest is rounded as Python rounds: half to even', () => {
    const place = (length: number, size: number) => {
      const image = rgbImage(
        Uint8Array.from({ length: length * 3 }, (_, i) => Math.floor(i / 3)),
        1,
        length,
      )
      return centerCrop([1, size]).apply(image, seededRandom(0)).get(0, 0, 0)
    }
    expect([place(10, 4), place(11, 4), place(9, 4), place(5, 4), place(7, 4)]).toEqual([3, 4, 2, 0, 2])
  })

  test('a smaller image gets black around it, the odd pixel below and right', () => {
    const image = rgbImage(new Uint8Array(2 * 2 * 3).fill(9), 2, 2)
    const red = centerCrop([5, 3]).apply(image, seededRandom(0))
    const rows = [0, 1, 2, 3, 4].map((y) => [0, 1, 2].map((x) => red.get(y, x, 0)))
    expect(rows).toEqual([
      [0, 0, 0],
      [9, 9, 0],
      [9, 9, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(centerCrop([2, 1]).apply(noise(1, 5), seededRandom(0)).shape).toEqual([2, 1, 3])
  })

  test('is a view of a larger image', () => {
    const image = noise(20, 30)
    const middle = centerCrop(10).apply(image, seededRandom(0))
    expect(middle.data).toBe(image.data)
    expect(bytes(middle)).toEqual(bytes(cropImage(image, { top: 5, left: 10, height: 10, width: 10 })))
  })
})

describe('toTensor and normalize', () => {
  test('equal PyTorch to the bit', () => {
    const ramp = rgbImage(
      Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3)),
      1,
      256,
    )
    const golden = readFileSync(new URL('../golden/normalize/planes.bin', import.meta.url))
    const tensor = toTensor().apply(ramp, seededRandom(0))
    expect(tensor.dims).toEqual([3, 1, 256])
    expect(tensor.data[255]).toBe(1)
    expect(Buffer.from(normalize(mean, std).apply(tensor, seededRandom(0)).data.buffer)).toEqual(golden)
  })

  test('planes come from views too', () => {
    const image = noise(6, 5)
    const view = cropImage(image, { top: 1, left: 1, height: 4, width: 3 }).step(1, -1, 1)
    expect(toTensor().apply(view, seededRandom(0))).toEqual(toTensor().apply(contiguousImage(view), seededRandom(0)))
  })

  test('three numbers are needed, deviations above 0', () => {
    expect(() => normalize([0.5], [0.5])).toThrow('normalize: mean must be')
    expect(() => normalize(mean, [0.1, 0, 0.1])).toThrow('normalize: std.1 must be above 0. Received: 0')
  })
})

test("roundHalfEven is Python's round", () => {
  expect([0.5, 1.5, 2.5, 3.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 4, 2, 3])
})

/** Kolmogorov and Smirnov's distance between values and the uniform distribution on [0, 1]. */
function distanceFromUniform(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.max(...sorted.map((value, i) => Math.abs(value - (i + 0.5) / sorted.length)))
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const center = (values: readonly number[]) => {
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.map((value) => value - average)
  }
  const [x, y] = [center(a), center(b)]
  const dot = (p: readonly number[], q: readonly number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}
