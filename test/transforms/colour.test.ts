import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { brighten, colorJitter, contrast, saturate, shiftHue } from '../../src/transforms/colorJitter.js'
import { grayscale } from '../../src/transforms/grayscale.js'
import { boxToErase, randomErasing } from '../../src/transforms/randomErasing.js'
import { randomRotation, rotate } from '../../src/transforms/randomRotation.js'
import { fromSpec } from '../../src/transforms/register.js'
import { contiguousImage, type RgbImage, rgbImage } from '../../src/transforms/rgbImage.js'
import { toSpec } from '../../src/transforms/specs.js'
import { toTensor } from '../../src/transforms/toTensor.js'

const golden = new URL('../golden/colour/', import.meta.url)
const load = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.bin`, golden)))
const source = rgbImage(load('source'), 24, 31)
const worst = (image: RgbImage, name: string) => {
  const expected = load(name)
  return Math.max(...contiguousImage(image).data.map((byte, i) => Math.abs(byte - expected[i]!)))
}

describe('equal to Pillow', () => {
  test('grayscale', () => {
    expect(worst(grayscale().apply(source, seededRandom(0)), 'grayscale')).toBe(0)
  })

  test.each([
    ['brightness', brighten, 0.6],
    ['brightness', brighten, 1.4],
    ['contrast', contrast, 0.7],
    ['contrast', contrast, 1.6],
    ['saturation', saturate, 0.3],
    ['saturation', saturate, 1.9],
    ['hue', shiftHue, 0.13],
    ['hue', shiftHue, -0.4],
  ] as const)('%s', (name, change, factor) => {
    const copy = contiguousImage(source)
    change(copy.data, factor)
    expect(worst(copy, `${name}-${factor}`)).toBe(0)
  })

  test.each([17.3, -121.9])('rotation by %s', (degrees) => {
    expect(worst(rotate(source, degrees, [1, 2, 3]), `rotation-${degrees}`)).toBe(0)
    const mirrored = source.step(1, -1, 1)
    expect(contiguousImage(rotate(mirrored, degrees, [0, 0, 0])).data).toEqual(
      rotate(contiguousImage(mirrored), degrees, [0, 0, 0]).data,
    )
  })
})

describe('colorJitter', () => {
  test('does nothing by default, and leaves its input alone', () => {
    const before = contiguousImage(source).data
    expect(worst(colorJitter().apply(source, seededRandom(0)), 'source')).toBe(0)
    colorJitter({ brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.5 }).apply(source, seededRandom(0))
    expect(source.data).toEqual(before)
  })

  test('a range of one factor is that factor', () => {
    expect(worst(colorJitter({ contrast: [0.7, 0.7] }).apply(source, seededRandom(1)), 'contrast-0.7')).toBe(0)
  })

  test('ranges are checked', () => {
    expect(() => colorJitter({ hue: 0.6 })).toThrow('colorJitter: hue must be')
    expect(() => colorJitter({ brightness: -1 })).toThrow('colorJitter: brightness must be')
  })
})

test('randomRotation draws its angle from [-x, x]', () => {
  const turned = randomRotation([17.3, 17.3], { fill: [1, 2, 3] }).apply(source, seededRandom(0))
  expect(worst(turned, 'rotation-17.3')).toBe(0)
  expect(worst(randomRotation(0).apply(source, seededRandom(0)), 'source')).toBe(0)
})

describe('randomErasing', () => {
  const tensor = toTensor().apply(source, seededRandom(0))

  test('overwrites one rectangle in all channels', () => {
    const erased = randomErasing({ p: 1, value: [7, 8, 9] }).apply(tensor, seededRandom(2))
    const source2 = seededRandom(2)
    source2.next()
    const box = boxToErase(24, 31, [0.02, 0.33], [0.3, 3.3], source2)!
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 24; y++)
        for (let x = 0; x < 31; x++) {
          const inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width
          const at = (c * 24 + y) * 31 + x
          expect(erased.data[at]).toBe(inside ? 7 + c : tensor.data[at])
        }
  })

  test('leaves the tensor as it is with p 0, and where no rectangle is smaller than the image', () => {
    expect(randomErasing({ p: 0 }).apply(tensor, seededRandom(0))).toBe(tensor)
    expect(randomErasing({ p: 1, scale: [4, 4] }).apply(tensor, seededRandom(0))).toBe(tensor)
  })
})

test('all of them can be made again from plain data', () => {
  const jitter = colorJitter({ brightness: 0.3, hue: 0.1 })
  for (const transform of [jitter, grayscale(), randomRotation(30, { fill: 9 })]) {
    const again = fromSpec(structuredClone(toSpec(transform)!))
    expect(again.apply(source as never, seededRandom(5))).toEqual(transform.apply(source, seededRandom(5)))
  }
  const erasing = randomErasing({ p: 0.8, value: 'random' })
  const tensor = toTensor().apply(source, seededRandom(0))
  expect(fromSpec(structuredClone(toSpec(erasing)!)).apply(tensor as never, seededRandom(5))).toEqual(
    erasing.apply(tensor, seededRandom(5)),
  )
})
