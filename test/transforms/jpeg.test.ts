import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { jpeg } from '../../src/transforms/jpeg.js'
import { cropImage, rgbImage } from '../../src/transforms/rgbImage.js'

interface Case {
  readonly height: number
  readonly width: number
  readonly quality: number
  readonly pixels: string
}
const cases = JSON.parse(readFileSync(new URL('../golden/jpeg/jpeg.json', import.meta.url), 'utf8')) as Case[]

/** The image of test/golden/jpeg/make.py. */
function imageOf(height: number, width: number) {
  const pixels = Uint8Array.from({ length: 3 * height * width }, (_, i) => {
    const [channel, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    return (5 * x + 7 * y * (channel + 1) + ((x * 31 + y * 17 + channel * 11) % 23) * (3 + channel)) % 256
  })
  return rgbImage(pixels, height, width)
}

test.each(cases)('$height x $width at quality $quality: the pixels of Pillow, exactly', (golden) => {
  const { height, width, quality, pixels } = golden
  const image = imageOf(height, width)
  const before = Buffer.from(image.data).toString('hex')
  const { data, shape } = jpeg(quality).apply(image, seededRandom(0))
  expect(shape).toEqual([height, width, 3])
  expect(Buffer.from(data).toString('hex')).toBe(pixels)
  expect(Buffer.from(image.data).toString('hex')).toBe(before)
})

test('a quality is drawn from the whole range, as if it were given', () => {
  const image = cropImage(imageOf(20, 20), { top: 1, left: 2, height: 16, width: 15 })
  const fixed = new Map([30, 31, 32].map((quality) => [`${jpeg(quality).apply(image, seededRandom(0)).data}`, quality]))
  expect(fixed.size).toBe(3)
  const drawn = Array.from({ length: 30 }, (_, i) => fixed.get(`${jpeg([30, 32]).apply(image, seededRandom(i)).data}`))
  expect(new Set(drawn)).toEqual(new Set([30, 31, 32]))
})
