import { describe, expect, expectTypeOf, test } from 'vitest'
import { FineTuneError } from '../../src/errors.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { compose, drawKey, runSteps, stepsOf } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { randomHorizontalFlip } from '../../src/transforms/randomHorizontalFlip.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { fromSpec } from '../../src/transforms/register.js'
import { contiguousImage, type RgbImage, rgbImage } from '../../src/transforms/rgbImage.js'
import { toSpec } from '../../src/transforms/specs.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import type { Transform } from '../../src/transforms/transform.js'
import { noise } from './noise.js'

const image = noise(30, 40)
const standard = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
] as const

/** A transform of one's own, in five lines. */
const invert: Transform<RgbImage, RgbImage> = {
  name: 'invert',
  apply: (image) =>
    rgbImage(
      contiguousImage(image).data.map((byte) => 255 - byte),
      image.shape[0]!,
      image.shape[1]!,
    ),
}

describe('compose', () => {
  test('applies one after another, one of your own among them', () => {
    const pipeline = compose([randomResizedCrop(8), invert, toTensor()])
    expectTypeOf(pipeline.apply).returns.toEqualTypeOf<Tensor<'float32'>>()
    const plain = compose([randomResizedCrop(8), toTensor()]).apply(image, seededRandom(1))
    const inverted = pipeline.apply(image, seededRandom(1))
    expect(inverted.dims).toEqual([3, 8, 8])
    for (const [i, value] of inverted.data.entries()) expect(value).toBeCloseTo(1 - plain.data[i]!, 6)
  })

  test('a chain that does not fit is a type error', () => {
    // @ts-expect-error normalize takes tensors, not images
    compose([randomResizedCrop(8), normalize(...standard)])
    expect(() => compose([toTensor, invert] as never)).toThrow('an object with a name and a function apply')
  })

  test('depends on the random source alone', () => {
    const pipeline = compose([randomResizedCrop(8), randomHorizontalFlip(), toTensor()])
    const apply = (seed: number) => pipeline.apply(image, seededRandom(seed)).data
    expect(apply(1)).toEqual(apply(1))
    expect(apply(1)).not.toEqual(apply(2))
  })

  test('each step has a stream of its own, so the draws of one never move those of another', () => {
    const greedy: Transform<RgbImage, RgbImage> = {
      name: 'greedy',
      apply: (image, random) => {
        for (let i = 0; i < 5; i++) random.next()
        return image
      },
    }
    const frugal = { ...greedy, apply: (image: RgbImage) => image }
    const result = (first: typeof greedy) =>
      compose([first, randomResizedCrop(8), toTensor()]).apply(image, seededRandom(3))
    expect(result(greedy)).toEqual(result(frugal))
  })

  test('pipelines inside a pipeline unfold; toTensor and normalize become one pass with the same result', () => {
    const inner = compose([randomResizedCrop(8), toTensor()])
    const pipeline = compose([inner, normalize(...standard)])
    expect(stepsOf(pipeline).map(({ name }) => name)).toEqual(['randomResizedCrop', 'toNormalizedTensor'])
    const separate = normalize(...standard).apply(inner.apply(image, seededRandom(4)), seededRandom(0))
    expect(pipeline.apply(image, seededRandom(4))).toEqual(separate)
  })

  test('a pipeline may be cut anywhere, and its built-in steps made again from plain data', () => {
    const pipeline = compose([
      randomResizedCrop(8, { scale: [0.2, 0.5] }),
      randomHorizontalFlip({ p: 0.4 }),
      invert,
      toTensor(),
    ])
    const steps = stepsOf(pipeline)
    const specs = steps.map(toSpec)
    expect(specs[2]).toBeUndefined()
    const again = structuredClone(specs).map((spec, i) => (spec ? fromSpec(spec) : steps[i]!))
    for (let cut = 0; cut <= steps.length; cut++) {
      const key = drawKey(seededRandom(9))
      const half = runSteps(again, 0, cut, image, key)
      expect(runSteps(steps, cut, steps.length, half, key)).toEqual(pipeline.apply(image, seededRandom(9)))
    }
  })

  test('one of your own with the name of a built-in one stays your own', () => {
    expect(toSpec({ ...randomHorizontalFlip(), apply: invert.apply })).toBeUndefined()
  })

  test('a step that throws is named', () => {
    const faulty = {
      name: 'faulty',
      apply: (_: RgbImage): RgbImage => {
        throw new Error('no')
      },
    }
    const run = () => compose([randomResizedCrop(8), faulty]).apply(image, seededRandom(0))
    expect(run).toThrow(FineTuneError)
    expect(run).toThrow('The transform faulty (number 2 of the pipeline) threw an error: see its cause')
  })
})
