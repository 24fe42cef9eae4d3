import { describe, expect, test } from 'vitest'
import { type AttributeInput, GraphBuilder } from '../../src/onnx/builder.js'
import { MS } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { runOfficial } from '../support/officialRuntime.js'

const f = (...dims: number[]): Tensor => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims)
const flags = (...dims: number[]): Tensor => ({
  type: 'bool',
  dims,
  data: new Uint8Array(dims.reduce((a, b) => a * b, 1)),
})
const labels = int64([0, 1, 2, 3])
const square = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 0, 1], dilations: [1, 1], group: 1 }

/** Operator, inputs, how many outputs, attributes, domain. */
const CASES: readonly [string, readonly Tensor[], number, Record<string, AttributeInput>?, string?][] = [
  ['BatchNormInternal', [f(2, 3, 4, 4), f(3), f(3), f(3), f(3)], 5],
  ['BatchNormalizationGrad', [f(2, 3, 4, 4), f(2, 3, 4, 4), f(3), f(3), f(3)], 3, { epsilon: 1e-5 }],
  ['BiasGelu', [f(2, 3), f(3)], 1],
  ['BiasGeluGrad_dX', [f(2, 3), f(2, 3), f(3)], 1],
  ['ConcatTraining', [f(2, 3), f(2, 4)], 2, { axis: 1 }],
  ['ConvGrad', [f(2, 4, 3, 3), f(2, 3, 6, 6), f(4, 3, 3, 3)], 3, square],
  ['DropoutGrad', [f(2, 3), flags(2, 3), float32([0.5], [])], 1],
  ['FastGeluGrad', [f(2, 3), f(2, 3)], 1],
  ['FusedMatMul', [f(2, 3, 4), f(2, 5, 4)], 1, { transB: 1 }],
  ['FusedMatMul', [f(3, 2, 4), f(2, 4, 5)], 1, { transBatchA: 1 }],
  ['FusedMatMul', [f(4, 6, 2, 3), f(5, 6, 2, 4)], 1, { transA: 1, transBatchA: 1, transB: 1, transBatchB: 1 }],
  ['GatherElementsGrad', [f(2, 3), int64([4, 3]), int64([0, 2, 1, 1, 3, 0], [2, 3])], 1, { axis: 0 }],
  ['GatherGrad', [int64([4, 3]), int64([0, 2]), f(2, 3)], 1, { axis: 0 }],
  ['GeluGrad', [f(2, 3), f(2, 3)], 1],
  ['InPlaceAccumulatorV2', [f(2, 3), f(2, 3), flags(1)], 2],
  ['LayerNormalizationGrad', [f(2, 3, 4), f(2, 3, 4), f(4), f(2, 3, 1), f(2, 3, 1)], 3, { axis: -1 }],
  ['LogSoftmaxGrad_13', [f(2, 3), f(2, 3)], 1, { axis: 1 }],
  ['ReduceAllL2', [f(2, 3), f(5)], 1],
  ['ReluGrad', [f(2, 3), f(2, 3)], 1],
  ['Scale', [f(2, 3), f()], 1],
  ['SigmoidGrad', [f(2, 3), f(2, 3)], 1],
  ['SimplifiedLayerNormalization', [f(2, 3, 4), f(4)], 2, { axis: -1 }, ''],
  ['SoftmaxCrossEntropyLossGrad', [f(), f(4, 5), labels], 1, { reduction: 'mean' }],
  ['SoftmaxCrossEntropyLossInternal', [f(4, 5), labels], 2, { reduction: 'mean' }],
  ['SoftmaxCrossEntropyLossInternal', [f(4, 5), labels], 2, { reduction: 'none' }],
  ['SoftmaxCrossEntropyLossInternalGrad', [f(), f(4, 5), labels], 1, { reduction: 'mean' }],
  ['SoftmaxGrad_13', [f(2, 3), f(2, 3)], 1, { axis: 1 }],
  ['SplitTraining', [f(2, 7), int64([3, 4])], 2, { axis: 1 }],
  ['TanhGrad', [f(2, 3), f(2, 3)], 1],
]

describe("what Microsoft's kernels compute has the type and shape that inference foretells", () => {
  test.each(CASES)('%s', async (op, inputs, count, attributes = {}, domain = MS) => {
    const g = new GraphBuilder()
    g.graph.opsets = new Map([['', 17]]).set(MS, 1)
    const feeds: Record<string, Tensor> = {}
    const names = inputs.map((tensor, i) => {
      // Sizes are read from elements, which only a constant has.
      if (tensor.type === 'int64' && tensor !== labels) return g.initializer(`x${i}`, tensor)
      feeds[`x${i}`] = tensor
      return g.input(`x${i}`, tensor.type, tensor.dims)
    })
    const outputs = g.ops(op, names, attributes, { domain, outputs: count })
    g.graph.outputs = outputs.map((name) => ({ name }))
    const inferred = inferShapes(g.graph)
    const results = await runOfficial(inferred, feeds)
    expect(inferred.outputs).toEqual(
      outputs.map((name) => ({ name, type: results[name]!.type, shape: results[name]!.dims })),
    )
  })
})

describe('computed sizes', () => {
  test('SplitTraining gives back what ConcatTraining has joined, symbols too', () => {
    const g = new GraphBuilder()
    const [a, b] = [g.input('a', 'float32', ['N', 3]), g.input('b', 'float32', [4, 3])]
    const [whole, lengths] = g.ops('ConcatTraining', [a, b], { axis: 0 }, { domain: MS, outputs: 2 })
    const parts = g.ops('SplitTraining', [whole, lengths], { axis: 0 }, { domain: MS, outputs: 2 })
    const { values } = inferShapes(g.graph)
    expect(parts.map((name) => values.get(name)!.shape)).toEqual([
      ['N', 3],
      [4, 3],
    ])
  })

  test('Range up to a symbolic size has that size', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 3])
    const size = g.op('Squeeze', [g.op('Shape', ['x'], { start: 0, end: 1 })])
    const places = g.op('Range', [g.constant(int64([0], [])), size, g.constant(int64([1], []))])
    expect(inferShapes(g.graph).values.get(places)).toMatchObject({ type: 'int64', shape: ['N'] })
  })
})
