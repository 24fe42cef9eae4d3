import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { resample } from '../../src/transforms/resample.js'
import { resize, resizedCrop } from '../../src/transforms/resize.js'
import { contiguousImage, cropImage, type RgbImage, rgbImage } from '../../src/transforms/rgbImage.js'
import { noise } from './noise.js'

interface Case {
  from: [number, number]
  to: [number, number]
}
const golden = new URL('../golden/resize/', import.meta.url)
const cases = JSON.parse(readFileSync(new URL('cases.json', golden), 'utf8')) as Case[]

describe('resize', () => {
  const blob = new Uint8Array(readFileSync(new URL('cases.bin', golden)))
  let at = 0
  const take = (length: number) => {
    at += length
    return blob.subarray(at - length, at)
  }
  for (const { from, to } of cases) {
    const source = rgbImage(take(from[0] * from[1] * 3), ...from)
    const expected = take(to[0] * to[1] * 3)
    test(`${from} to ${to} equals Pillow to the bit`, () => {
      const resized = resize(to).apply(source, seededRandom(0))
      expect(resized.shape).toEqual([...to, 3])
      expect(Buffer.compare(contiguousImage(resized).data, expected)).toBe(0)
    })
  }

  test('a number is the length of the shorter edge, the longer one is truncated', () => {
    const sized = (height: number, width: number) =>
      resize(50).apply(noise(height, width), seededRandom(0)).shape.slice(0, 2)
    expect(sized(100, 151)).toEqual([50, 75])
    expect(sized(151, 100)).toEqual([75, 50])
    expect(sized(50, 70)).toEqual([50, 70])
  })

  test('an image of the size asked for stays as it is', () => {
    const image = noise(8, 9)
    expect(resize([8, 9]).apply(image, seededRandom(0))).toBe(image)
  })

  test('views are read through: mirrored, cropped', () => {
    const image = noise(40, 30)
    const view = cropImage(image, { top: 3, left: 5, height: 21, width: 19 }).step(1, -1, 1)
    expect(bytes(resample(view, 10, 11))).toEqual(bytes(resample(contiguousImage(view), 10, 11)))
    const box = { top: 3, left: 5, height: 21, width: 19 }
    expect(bytes(resizedCrop(image, box, 10, 11))).toEqual(
      bytes(resample(contiguousImage(cropImage(image, box)), 10, 11)),
    )
  })

  test('a wrong size is refused', () => {
    expect(() => resize(0)).toThrow('resize: size must be above 0. Received: 0')
    expect(() => resize([4] as never)).toThrow('Received: [4]')
  })
})

const bytes = (image: RgbImage) => [...contiguousImage(image).data]
