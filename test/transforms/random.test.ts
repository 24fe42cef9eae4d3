import { describe, expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/random.js'
import { augMix } from '../../src/transforms/augMix.js'
import { autoAugment } from '../../src/transforms/autoAugment.js'
import { drawDirichlet, drawGamma } from '../../src/transforms/dirichlet.js'
import { elasticTransform, shiftsOf } from '../../src/transforms/elasticTransform.js'
import { gaussianBlur } from '../../src/transforms/gaussianBlur.js'
import { pick } from '../../src/transforms/pick.js'
import { randAugment } from '../../src/transforms/randAugment.js'
import { randomAdjustSharpness } from '../../src/transforms/randomAdjustSharpness.js'
import { drawMove, randomAffine } from '../../src/transforms/randomAffine.js'
import { randomAutocontrast } from '../../src/transforms/randomAutocontrast.js'
import { randomEqualize } from '../../src/transforms/randomEqualize.js'
import { randomGrayscale } from '../../src/transforms/randomGrayscale.js'
import { randomInvert } from '../../src/transforms/randomInvert.js'
import { drawCorners, randomPerspective } from '../../src/transforms/randomPerspective.js'
import { randomPosterize } from '../../src/transforms/randomPosterize.js'
import { randomSolarize } from '../../src/transforms/randomSolarize.js'
import { randomVerticalFlip } from '../../src/transforms/randomVerticalFlip.js'
import { contiguousImage, type RgbImage } from '../../src/transforms/rgbImage.js'
import type { Transform } from '../../src/transforms/transform.js'
import { trivialAugmentWide } from '../../src/transforms/trivialAugmentWide.js'
import { noise } from './noise.js'

const image = noise(20, 17)
const DRAWS = 3000
const draws = <T>(draw: (random: Random) => T): T[] => {
  const random = seededRandom('draws')
  return Array.from({ length: DRAWS }, () => draw(random))
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Uniform from min to max: nothing outside, nearly all of the range used, the mean in the middle. */
function expectUniform(values: readonly number[], min: number, max: number) {
  const share = values.map((value) => (value - min) / (max - min))
  expect(Math.min(...share)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...share)).toBeLessThanOrEqual(1)
  expect(Math.max(...share) - Math.min(...share)).toBeGreaterThan(0.99)
  expect(Math.abs(mean(share) - 0.5)).toBeLessThan(0.02)
  expect(mean(share.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 1)
}

const byChance: [string, (options: { p?: number }) => Transform<RgbImage, RgbImage>, usual: number][] = [
  ['randomAdjustSharpness', (options) => randomAdjustSharpness(2, options), 0.5],
  ['randomAutocontrast', randomAutocontrast, 0.5],
  ['randomEqualize', randomEqualize, 0.5],
  ['randomGrayscale', randomGrayscale, 0.1],
  ['randomInvert', randomInvert, 0.5],
  ['randomPerspective', randomPerspective, 0.5],
  ['randomPosterize', (options) => randomPosterize(2, options), 0.5],
  ['randomSolarize', (options) => randomSolarize(128, options), 0.5],
  ['randomVerticalFlip', randomVerticalFlip, 0.5],
]

test.each(byChance)('%s: changes the image with probability p, else returns it itself', (_, make, usual) => {
  const shareOf = (transform: Transform<RgbImage, RgbImage>) =>
    mean(draws((random) => (transform.apply(image, random) === image ? 0 : 1)).slice(0, 1000))
  expect(make({ p: 0 }).apply(image, seededRandom(0))).toBe(image)
  expect(shareOf(make({ p: 1 }))).toBe(1)
  expect(Math.abs(shareOf(make({})) - usual)).toBeLessThan(0.05)
})

test('gaussianBlur draws its width from the range', () => {
  const blurred = (sigma: number | [number, number]) => bytes(gaussianBlur(5, { sigma }).apply(image, seededRandom(3)))
  const drawn = seededRandom(3).uniform(0.5, 1.5)
  expect(blurred([0.5, 1.5])).toEqual(blurred(drawn))
  expect(blurred(1e-3)).toEqual(bytes(image))
})

describe('randomAffine', () => {
  const move = { interpolation: 'nearest', degrees: 0 } as const
  const moves = (options: object) => draws((random) => drawMove(100, 1000, { ...move, ...options }, random))

  test('angle, scale and shears are uniform', () => {
    const drawn = moves({ degrees: [-20, 50], scale: [0.5, 2], shear: [-10, 30, 5, 7] })
    expectUniform(
      drawn.map(({ angle }) => angle!),
      -20,
      50,
    )
    expectUniform(
      drawn.map(({ scale }) => scale!),
      0.5,
      2,
    )
    expectUniform(
      drawn.map(({ shear }) => shear![0]),
      -10,
      30,
    )
    expectUniform(
      drawn.map(({ shear }) => shear![1]),
      5,
      7,
    )
    expect(new Set(drawn.map(({ translate }) => `${translate}`))).toEqual(new Set(['0,0']))
  })

  test('one number is a range around 0; a shear by one is along the x axis alone', () => {
    const drawn = moves({ degrees: 8, shear: 6 })
    expectUniform(
      drawn.map(({ angle }) => angle!),
      -8,
      8,
    )
    expectUniform(
      drawn.map(({ shear }) => shear![0]),
      -6,
      6,
    )
    expect(new Set(drawn.map(({ shear }) => shear![1]))).toEqual(new Set([0]))
    expect(new Set(drawn.map(({ scale }) => scale))).toEqual(new Set([1]))
  })

  test('shifts are whole pixels, as shares of width and height', () => {
    const drawn = moves({ translate: [0.1, 0.5] })
    expectUniform(
      drawn.map(({ translate }) => translate![0]),
      -100,
      100,
    )
    expectUniform(
      drawn.map(({ translate }) => translate![1]),
      -50,
      50,
    )
    expect(drawn.flatMap(({ translate }) => translate!).every(Number.isInteger)).toBe(true)
  })

  test('without a range it changes nothing', () => {
    expect(bytes(randomAffine(0).apply(image, seededRandom(0)))).toEqual(bytes(image))
    expect(bytes(randomAffine(0, { interpolation: 'bilinear' }).apply(image, seededRandom(0)))).toEqual(bytes(image))
  })

  test('ranges are checked', () => {
    expect(() => randomAffine(5, { translate: [2, 0] })).toThrow('randomAffine: translate')
    expect(() => randomAffine(5, { scale: [2, 1] })).toThrow(
      'randomAffine: scale must be [min, max] with 0 < min <= max',
    )
    expect(() => randomAffine(5, { shear: [0, 90] })).toThrow('randomAffine: shear')
    expect(() => randomAffine([5, 1])).toThrow('randomAffine: degrees must be [min, max] with min <= max')
  })
})

describe('randomPerspective', () => {
  test('each corner moves towards the middle, by up to the share', () => {
    const corners = draws((random) => drawCorners(101, 1001, 0.4, random))
    for (const [i, outer] of [
      [0, 0],
      [1000, 0],
      [1000, 100],
      [0, 100],
    ].entries()) {
      expectUniform(
        corners.map((points) => Math.abs(points[i]![0] - outer[0]!)),
        0,
        200,
      )
      expectUniform(
        corners.map((points) => Math.abs(points[i]![1] - outer[1]!)),
        0,
        20,
      )
    }
  })

  test('corners that do not move leave the image as it is, up to the rounding of the map', () => {
    const same = randomPerspective({ p: 1, distortionScale: 0, interpolation: 'nearest' })
    expect(bytes(same.apply(image, seededRandom(0)))).toEqual(bytes(image))
  })

  test('images of one pixel or of one row are taken, and corners in one line', () => {
    for (const [height, width] of [
      [1, 1],
      [1, 9],
      [2, 1],
      [3, 3],
    ] as const)
      for (let seed = 0; seed < 20; seed++) {
        const transform = randomPerspective({ p: 1, distortionScale: 1, fill: 7 })
        expect(transform.apply(noise(height, width), seededRandom(seed)).shape).toEqual([height, width, 3])
      }
  })
})

test('elasticTransform: shifts are as large as its Gaussian leaves them, on average none', () => {
  const large = noise(64, 80)
  const random = seededRandom(5)
  const draw = () => Float64Array.from({ length: 64 * 80 }, () => 2 * random.next() - 1)
  const { across, down } = shiftsOf(large, draw, [50, 20], [2, 2])
  // The deviation of uniform noise, times that of the mean of many with a Gaussian's weights.
  const deviation = Math.sqrt(1 / 3) / (2 * Math.sqrt(Math.PI) * 2)
  const pixels = [...across].map((shift) => (shift * 80) / 2)
  expect(Math.sqrt(mean(pixels.map((shift) => shift ** 2))) / (25 * deviation)).toBeCloseTo(1, 1)
  expect(Math.sqrt(mean([...down].map((shift) => ((shift * 64) / 2) ** 2))) / (10 * deviation)).toBeCloseTo(1, 1)
  expect(Math.abs(mean(pixels))).toBeLessThan(0.3)
  expect(bytes(elasticTransform({ alpha: 0 }).apply(large, seededRandom(0)))).toEqual(bytes(large))
})

describe('drawDirichlet', () => {
  test.each([0.3, 1, 5])('alpha %d: shares of one, with the mean and the deviation of the distribution', (alpha) => {
    const drawn = draws((random) => drawDirichlet(3, alpha, random))
    for (const shares of drawn.slice(0, 100)) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
    for (const i of [0, 1, 2]) {
      const shares = drawn.map((one) => one[i]!)
      expect(Math.abs(mean(shares) - 1 / 3)).toBeLessThan(0.02)
      const variance = (1 / 3) * (2 / 3) * (1 / (3 * alpha + 1))
      expect(mean(shares.map((share) => (share - 1 / 3) ** 2)) / variance).toBeCloseTo(1, 1)
    }
  })

  test.each([0.5, 1, 7])("gamma's mean and variance are its shape, %d", (shape) => {
    const drawn = draws((random) => drawGamma(shape, random))
    expect(mean(drawn) / shape).toBeCloseTo(1, 1)
    expect(Math.abs(mean(drawn.map((value) => (value - shape) ** 2)) / shape - 1)).toBeLessThan(0.15)
  })

  test('a tiny alpha gives all to one', () => {
    expect(drawDirichlet(4, 1e-5, seededRandom(1)).sort()).toEqual([0, 0, 0, 1])
  })
})

describe('augmentation policies', () => {
  test('pick takes each entry equally often', () => {
    const map = new Map([...'abcde'].map((letter, i) => [letter, i]))
    const counts = new Map<string, number>()
    for (const [letter] of draws((random) => pick(map, random))) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    for (const letter of map.keys()) expect(Math.abs(counts.get(letter)! / DRAWS - 0.2)).toBeLessThan(0.03)
  })

  test.each([
    ['randAugment', randAugment()],
    ['trivialAugmentWide', trivialAugmentWide({ interpolation: 'bilinear' })],
    ['autoAugment', autoAugment({ fill: [1, 2, 3] })],
    ['augMix', augMix()],
  ] as const)('%s: depends on its random source alone, and keeps size and input', (_, transform) => {
    const before = bytes(image)
    const views = Array.from({ length: 40 }, (_, seed) => bytes(transform.apply(image, seededRandom(seed))))
    expect(bytes(transform.apply(image, seededRandom(7)))).toEqual(views[7])
    expect(new Set(views.map(String)).size).toBeGreaterThan(15)
    expect(views.every(({ length }) => length === before.length)).toBe(true)
    expect(bytes(image)).toEqual(before)
  })

  test('randAugment: as many operations as numOps; magnitude 0 is weaker than 30', () => {
    expect(randAugment({ numOps: 0 }).apply(image, seededRandom(0))).toBe(image)
    const change = (magnitude: number) =>
      mean(
        Array.from({ length: 60 }, (_, seed) => {
          const view = bytes(randAugment({ numOps: 1, magnitude }).apply(image, seededRandom(seed)))
          return mean(view.map((byte, i) => Math.abs(byte - image.data[i]!)))
        }),
      )
    expect(change(30)).toBeGreaterThan(2 * change(0))
    expect(() => randAugment({ magnitude: 31 })).toThrow('randAugment: magnitude must be a whole number from 0 up')
  })

  test('augMix: an alpha that gives all to one share returns the image or one chain', () => {
    const views = Array.from({ length: 30 }, (_, seed) =>
      augMix({ alpha: 1e-5, mixtureWidth: 1, chainDepth: 1 }).apply(image, seededRandom(seed)),
    )
    const same = views.filter((view) => String(bytes(view)) === String(bytes(image))).length
    expect(same).toBeGreaterThan(8)
    expect(same).toBeLessThan(25)
  })
})

const bytes = (image: RgbImage) => [...contiguousImage(image).data]
