import { describe, expect, test } from 'vitest'
import { blockOf } from '../../src/lowering/targets.js'
import type { AttributeInput } from '../../src/onnx/builder.js'
import { NCHWC } from '../../src/onnx/graph/graph.js'
import { type DataType, float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { chooseTarget } from '../../src/runtime/chooseTarget.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { gaussian, type OpCase, opGraph } from './checkOp.js'
import { expectAllClose } from './compare.js'
import { run64 } from './float64/evaluate.js'
import { runOfficial } from './officialRuntime.js'
import { runStock } from './stockRuntime.js'

const machineBlock = blockOf(await chooseTarget(await openRuntime('onnxruntime-node', { threads: 1 })))

/** What the float64 evaluator makes of an operator, as tensors of the types that a runtime puts out. */
function evaluated(test: OpCase, block: number): Record<string, Tensor> {
  const { graph, feeds } = opGraph(test)
  const results = Object.entries(run64(graph, feeds, { block }))
  const types = test.outputs ?? ['float32']
  return Object.fromEntries(
    results.map(([name, { dims, data }]) => [name, asType(types[Number(name.slice(1))]!, dims, data)]),
  )
}

const asType = (type: DataType, dims: readonly number[], data: Float64Array): Tensor =>
  type === 'int64' ? int64([...data], dims) : float32(Float32Array.from(data), dims)

async function expectAsRuntime(test: OpCase, run: typeof runStock, block = 16, tolerance = 1e-6) {
  const { graph, feeds } = opGraph(test)
  expectAllClose(evaluated(test, block), await run(graph, feeds), tolerance)
}

const op = (
  opType: string,
  inputs: OpCase['inputs'],
  attributes: Record<string, AttributeInput> = {},
  outputs?: OpCase['outputs'],
): OpCase => ({ opType, domain: '', inputs, attributes, ...(outputs && { outputs }), opset: 18 })

describe.skipIf(!machineBlock)(
  'operators of the blocked layout, as ONNX Runtime computes them (AVX2 or AVX-512)',
  () => {
    const block = machineBlock ?? 16
    const blocked = (opType: string, inputs: OpCase['inputs'], attributes: Record<string, AttributeInput> = {}) =>
      expectAsRuntime({ ...op(opType, inputs, attributes), domain: NCHWC }, runStock, block, 2e-6)

    test.each([1, 3])('reorders into blocks and out of them, batch of %i', async (n) => {
      for (const channels of [2 * block, block + 4, 4, block]) {
        await blocked('ReorderInput', [gaussian([n, channels, 3, 5], 'x')])
        await blocked('ReorderInput', [gaussian([n, 3, 5, channels], 'x')], { channels_last: 1 })
      }
      for (const channels of [2 * block, block + 3, block + 1]) {
        const x = gaussian([n, 2 * block, 4, 3], 'x')
        await blocked('ReorderOutput', [x], { channels })
        await blocked('ReorderOutput', [x], { channels, channels_last: 1 })
      }
    })

    test.each([
      { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      { kernel_shape: [3, 3], strides: [2, 2] },
      { kernel_shape: [1, 1] },
      { kernel_shape: [1, 1], strides: [2, 2] },
      { kernel_shape: [2, 3], strides: [1, 2], pads: [1, 0, 0, 2] },
      { kernel_shape: [3, 2], dilations: [2, 3], pads: [2, 1, 0, 3] },
      { kernel_shape: [5, 5], pads: [2, 2, 2, 2], activation: 'Relu' },
    ])('convolves: %o', async (attributes) => {
      const [kh, kw] = attributes.kernel_shape as [number, number]
      const b = block
      const [x, bias] = [gaussian([2, 2 * b, 9, 8], 'x'), gaussian([3 * b], 'bias')]
      // Of whole blocks; with a bias; by groups of whole blocks; fewer inputs than a block; one to one.
      await blocked('Conv', [x, gaussian([b, 2 * b, kh, kw], 'w')], attributes)
      await blocked('Conv', [x, gaussian([3 * b, 2 * b, kh, kw], 'w'), bias], attributes)
      await blocked('Conv', [x, gaussian([4 * b, b, kh, kw], 'w')], { ...attributes, group: 2 })
      await blocked('Conv', [gaussian([2, 3, 9, 8], 'x'), gaussian([2 * b, 3, kh, kw], 'w')], attributes)
      await blocked('Conv', [x, gaussian([2 * b, 1, kh, kw], 'w')], { ...attributes, group: 2 * b })
    })

    test.each([1, 2])('adds a tensor to a convolution, before its activation (%i blocks)', async (blocks) => {
      const [x, w] = [gaussian([2, block, 6, 6], 'x'), gaussian([blocks * block, block, 3, 3], 'w')]
      const [bias, add] = [gaussian([blocks * block], 'b'), gaussian([2, blocks * block, 4, 4], 'add')]
      await blocked('Conv', [x, w, bias, add], { kernel_shape: [3, 3], activation: 'Relu' })
      await blocked('Conv', [x, w, undefined, add], { kernel_shape: [3, 3] })
    })

    test.each([
      { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      { kernel_shape: [2, 3], pads: [0, 2, 1, 0] },
      { kernel_shape: [1, 1], strides: [2, 2] },
      { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
    ])('pools: %o', async (attributes) => {
      const x = gaussian([2, 2 * block, 7, 6], 'x')
      await blocked('MaxPool', [x], attributes)
      await blocked('AveragePool', [x], attributes)
      if (!attributes.ceil_mode) await blocked('AveragePool', [x], { ...attributes, count_include_pad: 1 })
      await blocked('GlobalAveragePool', [x])
      await blocked('GlobalMaxPool', [x])
    })
  },
)

test.each([8, 16])('a convolution in blocks of %i is that of the standard layout', (block) => {
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 1] }
  const nchwc = (opType: string, inputs: OpCase['inputs'], more: Record<string, AttributeInput> = {}) =>
    evaluated({ ...op(opType, inputs, more), domain: NCHWC }, block).y0!
  const [x, w] = [gaussian([2, 2 * block, 7, 6], 'x'), gaussian([block, 2 * block, 3, 3], 'w')]
  const filter = float32(new Float32Array(w.data.length), w.dims)
  let at = 0
  for (let i = 0; i < 2; i++)
    for (let tap = 0; tap < 9; tap++)
      for (let di = 0; di < block; di++)
        for (let o = 0; o < block; o++) filter.data[at++] = w.data[(o * 2 * block + i * block + di) * 9 + tap]!
  const y = nchwc('ReorderOutput', [nchwc('Conv', [nchwc('ReorderInput', [x]), filter], attributes)], {
    channels: block,
  })
  expectAllClose({ y }, { y: evaluated(op('Conv', [x, w], attributes), block).y0! }, 1e-6)
})

const x = gaussian([2, 6, 5, 4], 'x')
const positive = float32(
  x.data.map((value) => Math.abs(value) + 0.5),
  x.dims,
)
const channel = (seed: string) =>
  float32(
    gaussian([6], seed).data.map((value) => 1 + 0.3 * Math.tanh(value)),
    [6],
  )

test.each([
  op('Conv', [x, gaussian([4, 3, 3, 2], 'w'), gaussian([4], 'b')], { group: 2, strides: [2, 1], pads: [1, 0, 2, 1] }),
  op('Conv', [x, gaussian([4, 6, 2, 2], 'w')], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
  op('Conv', [gaussian([1, 3, 4, 5, 6], 'x'), gaussian([2, 3, 1, 2, 3], 'w')], { dilations: [1, 2, 1] }),
  op('ConvTranspose', [x, gaussian([6, 2, 3, 3], 'w')], {
    group: 2,
    strides: [2, 2],
    pads: [1, 0, 0, 1],
    output_padding: [1, 0],
  }),
  op('ConvTranspose', [x, gaussian([6, 4, 2, 3], 'w')], { dilations: [2, 1] }),
  op('MaxPool', [x], { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }, ['float32', 'int64']),
  op('MaxPool', [x], { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 }),
  op('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] }),
  op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  op('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
  op('GlobalAveragePool', [x]),
  op('GlobalMaxPool', [x]),
  op('BatchNormalization', [x, channel('a'), channel('b'), channel('c'), channel('d')], { epsilon: 1e-3 }),
  op('LogSoftmax', [x], { axis: 1 }),
  op('Softmax', [x]),
  op('Gemm', [gaussian([3, 2], 'a'), gaussian([4, 3], 'b'), gaussian([4], 'c')], {
    alpha: 0.5,
    beta: 2,
    transA: 1,
    transB: 1,
  }),
  op('MatMul', [gaussian([2, 1, 3, 4], 'a'), gaussian([5, 4, 2], 'b')]),
  op('MatMul', [gaussian([4], 'a'), gaussian([4, 2], 'b')]),
  op('Transpose', [x], { perm: [2, 0, 3, 1] }),
  op('Concat', [x, gaussian([2, 2, 5, 4], 'y'), x], { axis: 1 }),
  op('Split', [x, int64([1, 5])], { axis: 1 }, ['float32', 'float32']),
  op('Slice', [x, int64([-1, 1]), int64([-100, 4]), int64([2, 3]), int64([-2, 1])]),
  op('Pad', [x, int64([0, 1, -1, 2, 1, 0, 0, -1]), float32([7], [])]),
  op('Gather', [x, int64([3, 0, -1], [3, 1])], { axis: 2 }),
  op('GatherElements', [x, int64([5, 0], [2, 1, 1, 1])], { axis: 1 }),
  op('ScatterElements', [gaussian([5], 'x'), int64([1, 4, 1]), gaussian([3], 'u')], { reduction: 'add' }),
  op('Expand', [gaussian([6, 1, 1], 'e'), int64([2, 1, 3, 4])]),
  op('Reshape', [x, int64([0, -1, 4])]),
  op('Flatten', [x], { axis: 2 }),
  op('Squeeze', [gaussian([2, 1, 3, 1], 's'), int64([-1])]),
  op('Unsqueeze', [x, int64([1, -1])]),
  op('ReduceMean', [x, int64([0, 2, 3])], { keepdims: 1 }),
  op('ReduceMax', [x, int64([1])], { keepdims: 0 }),
  op('ReduceSum', [x, int64([-1])], { keepdims: 0 }),
  op('ReduceSumSquare', [x], { keepdims: 0 }),
  op('Add', [x, gaussian([6, 1, 1], 'y')]),
  op('Sub', [x, gaussian([4], 'y')]),
  op('Div', [x, positive]),
  op('Max', [x, gaussian([6, 1, 4], 'y'), gaussian([1], 'z')]),
  op('Sum', [x, x, gaussian([4], 'y')]),
  op('HardSigmoid', [x], { alpha: 1e38, beta: 0 }),
  op('LeakyRelu', [x], { alpha: 0.2 }),
  op('Clip', [x, float32([-0.5], []), float32([0.5], [])]),
  op('Sqrt', [positive]),
  op('Log', [positive]),
  op('Reciprocal', [positive]),
])('the float64 evaluator computes $opType as ONNX Runtime does: $attributes', (operator) =>
  expectAsRuntime(operator, runStock),
)

const maps = (name: string) => gaussian([3, 4, 5, 6], name)
const labels = int64([2, 0, 1])
const ms = (...args: Parameters<typeof op>): OpCase => ({ ...op(...args), domain: 'com.microsoft', opset: 17 })
const stats = [gaussian([4], 'mean'), float32([0.5, 1, 2, 0.7], [4])]

test.each([
  ms(
    'ConvGrad',
    [gaussian([3, 6, 3, 5], 'dy'), maps('x'), gaussian([6, 2, 3, 2], 'w')],
    { kernel_shape: [3, 2], group: 2, strides: [2, 1], pads: [1, 0, 1, 0] },
    ['float32', 'float32', 'float32'],
  ),
  ms('BatchNormalizationGrad', [maps('dy'), maps('x'), gaussian([4], 'scale'), ...stats], { epsilon: 1e-5 }, [
    'float32',
    'float32',
    'float32',
  ]),
  ms('SoftmaxCrossEntropyLossGrad', [float32([2], []), gaussian([3, 4], 'logs'), labels], { reduction: 'mean' }),
  {
    ...op('SoftmaxCrossEntropyLoss', [gaussian([3, 4], 'x'), labels], { reduction: 'sum' }, ['float32', 'float32']),
    opset: 17,
  },
  ms('ReluGrad', [maps('dy'), maps('x')]),
  ms('Scale', [maps('x'), float32([3], [])], { scale_down: 1 }),
])("the float64 evaluator computes $opType as Microsoft's training build does", (operator) =>
  expectAsRuntime(operator, runOfficial, 16, 2e-6),
)

test('an operator that the evaluator does not know is refused by name', () => {
  expect(() => evaluated(op('Det', [x]), 16)).toThrow(/Det/)
})
