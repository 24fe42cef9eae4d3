import { expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { type AttributeInput, GraphBuilder } from '../../src/onnx/builder.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { type Array64, toArray64, zeros } from '../support/float64/Array64.js'
import { values64 } from '../support/float64/evaluate.js'
import { runStock } from '../support/stockRuntime.js'
import { where } from '../support/where.js'

/** A convolution, a pool and a head of weights for every pixel. */
function network(opType: string, attributes: Record<string, AttributeInput>, pixels: number) {
  const parameters = { w: gaussian([4, 2, 1, 1], 'w'), fc: gaussian([3, 4 * pixels], 'fc') }
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', 17]])
  for (const [name, tensor] of Object.entries(parameters)) g.initializer(name, tensor)
  const pooled = g.op(opType, [g.op('Conv', [g.input('x', 'float32', ['N', 2, 7, 5]), 'w'])], attributes)
  g.output(g.op('Gemm', [g.op('Flatten', [pooled]), 'fc'], { transB: 1 }), 'float32', ['N', 3])
  const loss = { type: 'crossEntropy', reduction: 'mean' } as const
  const training = buildTrainingGraph(g.graph, { requiresGrad: ['w', 'fc'], loss })
  return { training, parameters }
}

// ONNX Runtime 1.30 takes a last window that would begin behind the input for one in shapes before operator set 22, not in
// its kernels; and where a window is smaller than its stride, auto_pad SAME comes to less than no padding.
test.each([
  { opType: 'MaxPool', kernel_shape: [2, 2], strides: [3, 3], pads: [0, 1, 0, 1], ceil_mode: 1, pixels: 3 * 2 },
  { opType: 'MaxPool', kernel_shape: [1, 1], strides: [4, 4], ceil_mode: 1, pixels: 2 * 2 },
  { opType: 'MaxPool', kernel_shape: [3, 3], strides: [2, 2], dilations: [1, 2], ceil_mode: 1, pixels: 3 * 1 },
  // Of the rows a window hangs over by two, of the columns one would begin behind the input.
  {
    opType: 'MaxPool',
    kernel_shape: [2, 2],
    strides: [2, 3],
    dilations: [2, 2],
    pads: [0, 1, 1, 1],
    ceil_mode: 1,
    pixels: 4 * 2,
  },
  { opType: 'AveragePool', kernel_shape: [2, 2], strides: [3, 3], pads: [0, 1, 0, 1], ceil_mode: 1, pixels: 3 * 2 },
  { opType: 'AveragePool', kernel_shape: [3, 2], strides: [3, 2], ceil_mode: 1, pixels: 3 * 3 },
  { opType: 'MaxPool', kernel_shape: [1, 1], strides: [4, 3], auto_pad: 'SAME_LOWER', pixels: 2 * 2 },
  { opType: 'AveragePool', kernel_shape: [1, 3], strides: [4, 3], auto_pad: 'SAME_UPPER', pixels: 2 * 2 },
])('a network with $opType of %o trains', async ({ opType, pixels, ...attributes }) => {
  const { training, parameters } = network(opType, attributes as Record<string, AttributeInput>, pixels)
  const feeds: Record<string, Tensor> = { ...parameters, x: gaussian([3, 2, 7, 5], 'x'), labels: int64([0, 2, 1]) }
  const inputs = new Map<string, Array64>(Object.entries(feeds).map(([name, tensor]) => [name, toArray64(tensor)]))
  for (const [name, { dims }] of Object.entries(parameters)) inputs.set(`${name}_grad.accumulation.buffer`, zeros(dims))
  const expected = values64(training, inputs)
  const actual = await runStock(lower(training, { target: where.target }), feeds)
  const names = ['onnx::loss::0', 'w_grad', 'fc_grad']
  expect(Object.keys(actual).sort()).toEqual(names.toSorted())
  for (const name of names) {
    const { dims, data } = expected.get(name)!
    expectClose(actual[name], float32(Float32Array.from(data), dims), 1e-5, name)
  }
})
