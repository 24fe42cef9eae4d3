import { expect, test } from 'vitest'
import { contactSheet, pickSamples } from '../../src/data/contactSheet.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'
import { directoryOf, errorOf, twoClasses } from './support.js'

test('images stand in rows, scaled to fit, on white', async () => {
  const grey = (height: number, width: number, value: number) =>
    rgbImage(new Uint8Array(height * width * 3).fill(value), height, width)
  const sheet = await contactSheet([grey(10, 20, 10), grey(7, 7, 20), grey(40, 10, 30)], {
    columns: 2,
    size: 8,
    gap: 2,
  })
  const pixels = await decodeImage(sheet)
  expect(pixels.shape).toEqual([22, 22, 3])
  const at = (y: number, x: number) => pixels.get(y, x, 0)
  expect([at(0, 0), at(2, 2), at(4, 2), at(7, 9), at(8, 9)]).toEqual([255, 255, 10, 10, 255])
  expect([at(2, 12), at(9, 19), at(9, 20)]).toEqual([20, 20, 255])
  expect([at(12, 5), at(12, 4), at(19, 6), at(19, 7), at(15, 15)]).toEqual([30, 255, 30, 255, 255])
})

test('images are picked from a dataset, from its end by negative numbers', async () => {
  const dataset = await ImageFolder(await directoryOf(await twoClasses(2)))
  const [first, last] = await pickSamples(dataset, [0, -1])
  expect(first!.shape).toEqual([20, 18, 3])
  expect(last!.shape).toEqual([41, 22, 3])
  expect((await errorOf(pickSamples(dataset, [4]))).message).toContain(
    'pickSamples: indices: 0 must be below 4. Received: 4',
  )
})

test('no images make an empty sheet, wrong options an error', async () => {
  expect((await decodeImage(await contactSheet([], { columns: 1, size: 5, gap: 0 }))).shape).toEqual([5, 5, 3])
  expect((await errorOf(contactSheet([], { columns: 0 }))).code).toBe('options/invalid')
})
