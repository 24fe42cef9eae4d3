import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import * as augMix from '../../src/transforms/augMix.js'
import * as autoAugment from '../../src/transforms/autoAugment.js'
import { elastic, shiftsOf } from '../../src/transforms/elasticTransform.js'
import { fiveCrop, tenCrop } from '../../src/transforms/fiveCrop.js'
import { gaussianBlur } from '../../src/transforms/gaussianBlur.js'
import { magnitudeAt, type Space } from '../../src/transforms/magnitudes.js'
import { type OperationName, operations } from '../../src/transforms/operations.js'
import { type Color, colorOf, type Interpolation } from '../../src/transforms/options.js'
import { pad } from '../../src/transforms/pad.js'
import * as randAugment from '../../src/transforms/randAugment.js'
import { randomAdjustSharpness } from '../../src/transforms/randomAdjustSharpness.js'
import { affine, type Move } from '../../src/transforms/randomAffine.js'
import { randomAutocontrast } from '../../src/transforms/randomAutocontrast.js'
import { randomEqualize } from '../../src/transforms/randomEqualize.js'
import { randomGrayscale } from '../../src/transforms/randomGrayscale.js'
import { randomInvert } from '../../src/transforms/randomInvert.js'
import { type Corners, perspective } from '../../src/transforms/randomPerspective.js'
import { randomPosterize } from '../../src/transforms/randomPosterize.js'
import { rotate } from '../../src/transforms/randomRotation.js'
import { randomSolarize } from '../../src/transforms/randomSolarize.js'
import { randomVerticalFlip } from '../../src/transforms/randomVerticalFlip.js'
import {
  contiguousImage,
  cropImage,
  heightOf,
  type RgbImage,
  rgbImage,
  widthOf,
} from '../../src/transforms/rgbImage.js'
import type { Transform } from '../../src/transforms/transform.js'
import * as trivialAugmentWide from '../../src/transforms/trivialAugmentWide.js'

type Shape = [height: number, width: number]
interface Case {
  call: keyof typeof calls
  image: string
  shape: Shape
  views: number
  interpolation: Interpolation
  fill: number | Color
}
interface Golden {
  images: Record<string, Shape>
  cases: Case[]
  magnitudes: Record<string, { levels: number; space: Record<string, { signed: boolean; values: number[] } | null> }>
  imagenetPolicy: unknown
}

const golden = new URL('../golden/transforms/', import.meta.url)
const { images, cases, magnitudes, imagenetPolicy } = JSON.parse(
  readFileSync(new URL('cases.json', golden), 'utf8'),
) as Golden
const blob = new Uint8Array(readFileSync(new URL('cases.bin', golden)))
let at = 0
const take = ([height, width]: Shape) => {
  at += height * width * 3
  return rgbImage(blob.slice(at - height * width * 3, at), height, width)
}
const sources = Object.fromEntries(Object.entries(images).map(([name, shape]) => [name, take(shape)]))

const run = (transform: Transform<RgbImage, RgbImage>, image: RgbImage) => transform.apply(image, seededRandom(0))
const always = { p: 1 }

/** What the script's `noise` computes. */
const noise = (height: number, width: number) =>
  Float64Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return (((x * 7 + y * 3) % 11) - 5) / 5
  })

/** The script's calls, by its names, with its arguments. */
const calls = {
  verticalFlip: (image: RgbImage) => run(randomVerticalFlip(always), image),
  pad: (image: RgbImage, { padding, fill, padding_mode: paddingMode }: { padding: number } & Case & Named) =>
    run(pad(padding, { fill, paddingMode }), image),
  blur: (image: RgbImage, { kernel_size: size, sigma }: Named) => run(gaussianBlur(size, { sigma }), image),
  invert: (image: RgbImage) => run(randomInvert(always), image),
  posterize: (image: RgbImage, { bits }: { bits: number }) => run(randomPosterize(bits, always), image),
  solarize: (image: RgbImage, { threshold }: { threshold: number }) => run(randomSolarize(threshold, always), image),
  autocontrast: (image: RgbImage) => run(randomAutocontrast(always), image),
  equalize: (image: RgbImage) => run(randomEqualize(always), image),
  sharpness: (image: RgbImage, { sharpness_factor: factor }: Named) =>
    run(randomAdjustSharpness(factor, always), image),
  affine: (image: RgbImage, { move, interpolation, fill }: { move: Move } & Case) =>
    affine(image, move, interpolation, colorOf(fill)),
  rotate: (image: RgbImage, { angle, interpolation, fill }: { angle: number } & Case) =>
    rotate(image, angle, colorOf(fill), interpolation),
  perspective: (image: RgbImage, { corners, interpolation, fill }: { corners: Corners } & Case) =>
    perspective(image, corners, interpolation, colorOf(fill)),
  elastic: (image: RgbImage, { alpha, sigma, interpolation, fill }: { alpha: [number, number] } & Named & Case) =>
    elastic(
      image,
      shiftsOf(image, () => noise(heightOf(image), widthOf(image)), alpha, sigma),
      interpolation,
      colorOf(fill),
    ),
  grayscale: (image: RgbImage) => run(randomGrayscale(always), image),
  fiveCrop: (image: RgbImage, { size }: { size: Shape }) => fiveCrop(image, size),
  tenCrop: (image: RgbImage, { size, vertical_flip: verticalFlip }: { size: Shape } & Named) =>
    tenCrop(image, size, { verticalFlip }),
  policy: (image: RgbImage, { name, magnitude, interpolation, fill }: { name: OperationName } & Named & Case) =>
    operations[name](image, magnitude, { interpolation, fill: colorOf(fill) }),
  mix: (image: RgbImage, { own, shares, operations: chosen }: Mixture) =>
    augMix.mix([
      { image, share: own },
      ...chosen.map(([name, level], i) => {
        const magnitude = augMix.allOperations.get(name)!.at(level, 10, image)
        const changed = operations[name](image, magnitude, { interpolation: 'bilinear', fill: [0, 0, 0] })
        return { image: changed, share: shares[i]! * (1 - own) }
      }),
    ]),
} as const

interface Named {
  padding_mode: 'edge'
  kernel_size: number
  sigma: [number, number]
  sharpness_factor: number
  vertical_flip: boolean
  magnitude: number
}
interface Mixture {
  own: number
  shares: number[]
  operations: [OperationName, level: number][]
}

const differences = (image: RgbImage, expected: RgbImage) =>
  contiguousImage(image).data.map((byte, i) => Math.abs(byte - expected.data[i]!))

describe('equal to torchvision on Pillow images, byte by byte', () => {
  for (const { call, image, shape, views, ...rest } of cases) {
    const expected = Array.from({ length: views }, () => take(shape))
    test(`${call} ${JSON.stringify(rest)}: ${image}`, () => {
      const source = sources[image]!
      const results = [calls[call](source, rest as never)].flat()
      expect(results.map((result) => result.shape)).toEqual(expected.map((one) => one.shape))
      for (const [i, result] of results.entries()) expect(Math.max(...differences(result, expected[i]!))).toBe(0)
    })

    test(`${call} ${JSON.stringify(rest)}: ${image}, as a view of a larger image`, () => {
      const view = viewOf(sources[image]!)
      const before = view.data.slice()
      const results = [calls[call](view, rest as never)].flat()
      for (const [i, result] of results.entries()) expect(Math.max(...differences(result, expected[i]!))).toBe(0)
      expect(view.data).toEqual(before)
    })
  }

  test('every byte of the golden file was compared', () => expect(at).toBe(blob.length))
})

/** The same pixels as a part of a larger image, stored upside down and mirrored. */
function viewOf(image: RgbImage): RgbImage {
  const [height, width] = [heightOf(image), widthOf(image)]
  const larger = rgbImage(new Uint8Array((height + 3) * (width + 5) * 3).fill(9), height + 3, width + 5)
  const view = cropImage(larger, { top: 1, left: 2, height, width }).step(-1, -1, 1)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) view.set(y, x, c, image.get(y, x, c))
  return view
}

describe('augmentation policies', () => {
  const spaces: Record<string, Space> = {
    randAugment: randAugment.space,
    trivialAugmentWide: trivialAugmentWide.space,
    autoAugment: autoAugment.space,
    augMix: augMix.allOperations,
    augMixPartial: augMix.someOperations,
  }
  const image = rgbImage(new Uint8Array(224 * 333 * 3), 224, 333)

  test.each(Object.keys(magnitudes))("%s: torchvision's operations and magnitudes, to the bit", (policy) => {
    const { levels, space } = magnitudes[policy]!
    const names = [...spaces[policy]!.keys()]
    expect(names.sort()).toEqual(Object.keys(space).sort())
    for (const name of names) {
      const own = spaces[policy]!.get(name)
      const theirs = space[name]!
      if (theirs === null) expect(own).toBeUndefined()
      else {
        expect(own!.isSigned).toBe(theirs.signed)
        expect(theirs.values.map((_, level) => own!.at(level, levels, image))).toEqual(theirs.values)
      }
    }
  })

  test("ImageNet's pairs of operations", () => expect(autoAugment.imagenetPolicy).toEqual(imagenetPolicy))

  test('a signed magnitude goes either way half of the time', () => {
    const source = seededRandom('sign')
    const shears = Array.from({ length: 2000 }, () =>
      magnitudeAt(randAugment.space.get('ShearX'), 30, 31, image, source),
    )
    const positive = shears.filter((shear) => shear > 0).length
    expect(new Set(shears.map(Math.abs)).size).toBe(1)
    expect(positive / 2000).toBeCloseTo(0.5, 1)
  })
})
