import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { blockedFilters } from '../../src/lowering/nchwc/layout/filters.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { NCHWC } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { relativeError } from '../support/compare.js'
import { type Array64, toArray64, zeros } from '../support/float64/Array64.js'
import { values64 } from '../support/float64/evaluate.js'
import { BLOCK, differences, isBlockedHere, shapesOf, target, tensorsOf } from './blockedSupport.js'
import { lowered64 } from './lowered64.js'
import { narrowResnet } from './narrowResnet.js'

describe.skipIf(!isBlockedHere)('the blocked layout (a processor with AVX2)', () => {
  // Sums over many pixels, or gradients of few samples, leave float32 a digit less.
  test.each([
    { imageSize: 64, batch: 16, seed: 0, tolerance: 1e-5 },
    { imageSize: 64, batch: 3, seed: 1, tolerance: 2e-5 },
    { imageSize: 96, batch: 20, seed: 3, tolerance: 2e-5 },
    { imageSize: 224, batch: 1, seed: 0, tolerance: 3e-5 },
  ])("trains as Microsoft's kernels do: $imageSize pixels, batch of $batch", async ({ tolerance, ...facts }) => {
    const { training, feeds } = await narrowResnet(facts.imageSize, facts.batch, facts.seed)
    expect(await differences(training, feeds, {}, tolerance)).toEqual([])
  })

  /** Maps cut into chunks, batches cut into groups, and both; blocks of the batch that are not full. */
  test.each([
    { size: 40, batch: 32 },
    { size: 40, batch: 16 },
    { size: 40, batch: 20 },
    { size: 8, batch: 48 },
    { size: 6, batch: 5 },
  ])('adds weight gradients up over $batch maps of $size pixels', async ({ size, batch }) => {
    const source = seededRandom('weight gradients', size, batch)
    const tensor = (...dims: number[]) => {
      const length = dims.reduce((product, dim) => product * dim, 1)
      const scale = 1 / Math.sqrt(length / dims[0]!)
      return float32(
        Float32Array.from({ length }, () => source.normal() * scale),
        dims,
      )
    }
    const weights = {
      first: tensor(32, 3, 3, 3),
      same: tensor(32, 32, 3, 3),
      half: tensor(32, 32, 3, 3),
      thin: tensor(16, 32, 1, 1),
      fc: tensor(2, 4 * size * size),
    }
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 3, size, size])
    for (const [name, value] of Object.entries(weights)) g.initializer(name, value)
    const first = g.op('Conv', ['x', 'first'], { pads: [1, 1, 1, 1] })
    const same = g.op('Conv', [first, 'same'], { pads: [1, 1, 1, 1] })
    const half = g.op('Conv', [same, 'half'], { pads: [1, 1, 1, 1], strides: [2, 2] })
    const thin = g.op('Conv', [half, 'thin'])
    g.output(g.op('Gemm', [g.op('Flatten', [thin]), 'fc'], { transB: 1 }), 'float32', ['N', 2])
    const training = buildTrainingGraph(g.graph, {
      requiresGrad: Object.keys(weights),
      loss: { type: 'crossEntropy', reduction: 'mean' },
    })
    const labels = int64(Array.from({ length: batch }, (_, i) => i % 2))
    const images = float32(
      Float32Array.from({ length: batch * 3 * size * size }, () => source.normal()),
      [batch, 3, size, size],
    )
    expect(await differences(training, { ...weights, x: images, labels })).toEqual([])
  })

  test.each([1, 18])(
    'of convolutions with bias, of 1, 3 and 5 pixels, with and without padding, batch of %i',
    async (batch) => {
      const tensor = tensorsOf(seededRandom('convolutions', batch))
      const g = new GraphBuilder()
      g.input('x', 'float32', ['N', 16, 13, 13])
      const weights = {
        wide: tensor(32, 16, 5, 5),
        bias: tensor(32),
        bare: tensor(48, 32, 3, 3),
        thin: tensor(16, 48, 1, 1),
      }
      const more = { last: tensor(16, 16, 3, 3), lastBias: tensor(16), fc: tensor(2, 256) }
      for (const [name, value] of Object.entries({ ...weights, ...more })) g.initializer(name, value)
      const wide = g.op('Relu', [g.op('Conv', ['x', 'wide', 'bias'], { pads: [2, 2, 2, 2] })])
      const bare = g.op('Relu', [g.op('Conv', [wide, 'bare'], { strides: [2, 2] })])
      const thin = g.op('Conv', [bare, 'thin'])
      const last = g.op('Conv', [thin, 'last', 'lastBias'], { pads: [1, 1, 1, 1] })
      const pooled = g.op('MaxPool', [g.op('Add', [last, thin])], { kernel_shape: [3, 3], strides: [1, 1] })
      g.output(g.op('Gemm', [g.op('Flatten', [pooled]), 'fc'], { transB: 1 }), 'float32', ['N', 2])
      const training = buildTrainingGraph(g.graph, {
        requiresGrad: Object.keys({ ...weights, ...more }),
        loss: { type: 'crossEntropy', reduction: 'mean' },
      })
      expect([...blockedFilters(training, BLOCK).keys()]).toEqual(['wide', 'bare', 'thin', 'last'])
      const feeds = {
        ...weights,
        ...more,
        x: tensor(batch, 16, 13, 13),
        labels: int64(Array.from({ length: batch }, (_, i) => i % 2)),
      }
      expect(await differences(training, feeds)).toEqual([])

      const accumulating = { ...feeds, lazy_reset_grad: { type: 'bool', dims: [1], data: Uint8Array.of(0) } as Tensor }
      for (const [name, { dims }] of Object.entries({ ...weights, ...more }))
        Object.assign(accumulating, { [`${name}_grad.accumulation.buffer`]: tensor(...dims) })
      expect(await differences(training, accumulating, { accumulate: true })).toEqual([])
    },
  )

  /** Maps of whole tiles of four rows, and such as end within one. */
  test.each([
    { size: 28, batch: 2 },
    { size: 14, batch: 8 },
    { size: 7, batch: 32 },
  ])("of 3x3 convolutions by Winograd's algorithm, $batch maps of $size pixels", async ({ size, batch }) => {
    const tensor = tensorsOf(seededRandom('winograd', size))
    const weights = { one: tensor(128, 128, 3, 3), bias: tensor(128), two: tensor(128, 128, 3, 3), fc: tensor(2, 128) }
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 128, size, size])
    for (const [name, value] of Object.entries(weights)) g.initializer(name, value)
    const one = g.op('Conv', ['x', 'one', 'bias'], { pads: [1, 1, 1, 1] })
    // The gradient of `one` is that of a convolution, added to that of the sum.
    const sum = g.op('Add', [g.op('Conv', [one, 'two'], { pads: [1, 1, 1, 1] }), one])
    // From here on in the standard layout: the rounding of the convolutions alone is compared.
    const two = g.op('Identity', [sum])
    const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [two, two])])])
    g.output(g.op('Gemm', [pooled, 'fc'], { transB: 1 }), 'float32', ['N', 2])
    const training = buildTrainingGraph(g.graph, {
      requiresGrad: Object.keys(weights),
      loss: { type: 'crossEntropy', reduction: 'mean' },
    })
    const { nodes } = lower(training, {
      target,
      shapes: new Map([
        ['x', [batch, 128, size, size]],
        ['labels', [batch]],
      ]),
    })
    const inTiles = nodes.filter(({ attributes }) => `${attributes.strides?.value}` === '4,1')
    // Six points each: two convolutions and an input gradient read one tensor in tiles, two weight gradients read two.
    expect(inTiles).toHaveLength(6 * (3 + 2 * 2))
    const labels = int64(Array.from({ length: batch }, (_, i) => i % 2))
    const feeds = { ...weights, x: tensor(batch, 128, size, size), labels }
    expect(await differences(training, feeds, {}, 2e-6)).toEqual([])
  })
})

test.each(['cpu-blocked8', 'cpu-blocked16'] as const)(
  'a ResNet-18 lowered for %s trains as float64 says',
  async (target) => {
    const { training, feeds } = await narrowResnet(64, 3, 1)
    const inputs = new Map(Object.entries(feeds).map(([name, fed]) => [name, toArray64(fed)]))
    for (const { name, shape } of training.inputs)
      if (name.endsWith('.buffer')) inputs.set(name, zeros(shape as readonly number[]))
    const expected = values64(training, inputs)
    const actual = lowered64(training, feeds, { target })
    expect(actual.size).toBeGreaterThan(100)
    const tensor = ({ dims, data }: Array64) => float32(Float32Array.from(data), dims)
    for (const [name, value] of actual)
      expect(relativeError(tensor(value), tensor(expected.get(name)!)), name).toBeLessThan(2e-6)
  },
)

test('a depthwise convolution adds only what is not read again: ONNX Runtime would copy it first', async () => {
  const { training, feeds } = await narrowResnet(64, 2, 0)
  const summandsReadAgain = (disable: readonly string[]) => {
    const { nodes } = lower(training, { target: 'cpu-blocked16', shapes: shapesOf(training, feeds), disable })
    return nodes.filter(
      ({ domain, inputs: [, , , summand], attributes: { group } }, i) =>
        domain === NCHWC && group && summand && nodes.slice(i + 1).some(({ inputs }) => inputs.includes(summand)),
    ).length
  }
  expect(summandsReadAgain(['sumsInPlace'])).toBeGreaterThan(0)
  expect(summandsReadAgain([])).toBe(0)
})
