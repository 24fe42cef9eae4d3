import { describe, expect, it, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { checkGradients } from '../support/checkGradients.js'
import { gaussian } from '../support/checkOp.js'
import { b, feeds, graphOf, positive, type RuleCase, trainedOf, w, x } from './support/ruleCase.js'

function check(cases: readonly RuleCase[]): void {
  it.each(cases)('$name', async (test) => {
    const graph = await checkGradients(graphOf(test), { requiresGrad: trainedOf(test), feeds })
    const made = graph.nodes.filter(({ name }) => name.startsWith(`/${test.opType}_Grad/`)).map(({ opType }) => opType)
    if (test.uses) expect(made).toEqual(test.uses)
  })
}

/** Numbers on both sides of -3 and 3. */
const far = float32(
  x(2, 8).data.map((value) => 4 * value),
  [2, 8],
)

describe('the gradient of Conv', () => {
  const uses = ['ConvGrad']
  check([
    { name: 'plain', opType: 'Conv', inputs: [x(2, 3, 5, 4), w(4, 3, 3, 3)], output: [2, 4, 3, 2], uses },
    {
      name: 'with bias, pads and strides',
      opType: 'Conv',
      inputs: [x(2, 2, 5, 4), w(4, 2, 3, 2), b(4)],
      attributes: { pads: [1, 0, 2, 1], strides: [2, 1], kernel_shape: [3, 2] },
      output: [2, 4, 3, 4],
      uses,
    },
    {
      name: 'with dilations and groups',
      opType: 'Conv',
      inputs: [x(2, 4, 5, 5), w(4, 2, 2, 2), b(4)],
      attributes: { dilations: [2, 3], group: 2, pads: [1, 1, 1, 1] },
      output: [2, 4, 5, 4],
      uses,
    },
    {
      name: 'depthwise',
      opType: 'Conv',
      inputs: [x(2, 3, 5, 5), w(3, 1, 3, 3)],
      attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
      output: [2, 3, 3, 3],
    },
    {
      name: 'with auto_pad SAME_UPPER',
      opType: 'Conv',
      inputs: [x(2, 2, 6, 5), w(2, 2, 3, 2)],
      attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
      output: [2, 2, 3, 3],
    },
    {
      name: 'with auto_pad SAME_LOWER',
      opType: 'Conv',
      inputs: [x(2, 2, 6, 5), w(2, 2, 2, 2)],
      attributes: { auto_pad: 'SAME_LOWER', strides: [1, 2] },
      output: [2, 2, 6, 3],
    },
    {
      name: 'with auto_pad VALID',
      opType: 'Conv',
      inputs: [x(2, 2, 4, 5), w(2, 2, 3, 3)],
      attributes: { auto_pad: 'VALID' },
      output: [2, 2, 2, 3],
    },
    {
      name: 'in one dimension',
      opType: 'Conv',
      inputs: [x(2, 2, 9), w(3, 2, 3), b(3)],
      attributes: { pads: [1, 1], strides: [2] },
      output: [2, 3, 5],
    },
    {
      name: 'of the bias alone',
      opType: 'Conv',
      inputs: [x(2, 2, 4, 4), w(3, 2, 3, 3), b(3)],
      trained: [2],
      output: [2, 3, 2, 2],
    },
    {
      name: 'of the input alone',
      opType: 'Conv',
      inputs: [x(2, 2, 4, 4), w(3, 2, 3, 3), b(3)],
      trained: [0],
      output: [2, 3, 2, 2],
    },
  ])
})

describe('the gradient of BatchNormalization', () => {
  const statistics = [gaussian([3], 'mean'), positive(gaussian([3], 'variance'))]
  check([
    {
      name: 'trained: through the statistics of the batch',
      opType: 'BatchNormalization',
      inputs: [x(4, 3, 2, 3), w(3), b(3), ...statistics],
      trained: [0, 1, 2],
      output: [4, 3, 2, 3],
      uses: ['BatchNormalizationGrad'],
    },
    {
      name: 'trained, with epsilon',
      opType: 'BatchNormalization',
      inputs: [x(4, 3, 2, 2), w(3), b(3), ...statistics],
      attributes: { epsilon: 0.5, momentum: 0.7 },
      trained: [0, 1],
      output: [4, 3, 2, 2],
    },
    {
      name: 'trained, of vectors',
      opType: 'BatchNormalization',
      inputs: [x(6, 3), w(3), b(3), ...statistics],
      trained: [0, 1, 2],
      output: [6, 3],
    },
    {
      name: 'trained, of sequences',
      opType: 'BatchNormalization',
      inputs: [x(2, 3, 4), w(3), b(3), ...statistics],
      trained: [0, 2],
      output: [2, 3, 4],
    },
    {
      name: 'frozen: a fixed affine map',
      opType: 'BatchNormalization',
      inputs: [x(4, 3, 2, 3), w(3), b(3), ...statistics],
      attributes: { epsilon: 0.1 },
      trained: [0],
      output: [4, 3, 2, 3],
      uses: ['BatchNormalization'],
    },
  ])
})

describe('the gradients of pools', () => {
  check([
    {
      name: 'MaxPool',
      opType: 'MaxPool',
      inputs: [x(2, 2, 6, 5)],
      attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] },
      output: [2, 2, 3, 5],
      uses: ['MaxPoolGrad'],
    },
    {
      name: 'MaxPool that counts its Indices by columns',
      opType: 'MaxPool',
      inputs: [x(2, 3, 5, 7)],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], storage_order: 1 },
      output: [2, 3, 2, 3],
      uses: ['MaxPoolGrad'],
    },
    {
      name: 'MaxPool with dilations and ceil_mode',
      opType: 'MaxPool',
      inputs: [x(2, 2, 8, 7)],
      attributes: { kernel_shape: [2, 2], strides: [2, 2], dilations: [2, 1], ceil_mode: 1 },
      output: [2, 2, 4, 4],
    },
    {
      name: 'AveragePool',
      opType: 'AveragePool',
      inputs: [x(2, 2, 6, 5)],
      attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] },
      output: [2, 2, 3, 5],
      uses: ['AveragePoolGrad'],
    },
    {
      name: 'AveragePool that counts its pads',
      opType: 'AveragePool',
      inputs: [x(2, 2, 5, 5)],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 },
      output: [2, 2, 3, 3],
    },
    {
      name: 'AveragePool with auto_pad',
      opType: 'AveragePool',
      inputs: [x(2, 2, 5, 6)],
      attributes: { kernel_shape: [2, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' },
      output: [2, 2, 3, 3],
    },
    {
      name: 'GlobalAveragePool',
      opType: 'GlobalAveragePool',
      inputs: [x(2, 3, 4, 5)],
      output: [2, 3, 1, 1],
      uses: ['Scale', 'Shape', 'Expand'],
    },
  ])
})

describe('the gradients of arithmetic, broadcast', () => {
  check(
    ['Add', 'Sub', 'Mul', 'Div'].flatMap((opType) => [
      { name: `${opType}: equal shapes`, opType, inputs: [x(2, 3), positive(w(2, 3))], output: [2, 3] },
      { name: `${opType}: by channel`, opType, inputs: [x(2, 3, 2, 2), positive(w(3, 1, 1))], output: [2, 3, 2, 2] },
      { name: `${opType}: both sides`, opType, inputs: [x(2, 1, 4), positive(w(3, 1))], output: [2, 3, 4] },
      { name: `${opType}: a scalar`, opType, inputs: [x(), positive(w(2, 3))], output: [2, 3] },
      { name: `${opType}: axes as an attribute`, opType, inputs: [x(2, 3), positive(w(3))], output: [2, 3], opset: 12 },
      { name: `${opType}: the second alone`, opType, inputs: [x(4), positive(w(2, 4))], trained: [1], output: [2, 4] },
    ]),
  )
})

describe('the gradients of Gemm and MatMul', () => {
  const gemm = (transA: number, transB: number) => ({
    name: `Gemm, transA ${transA}, transB ${transB}`,
    opType: 'Gemm',
    inputs: [transA ? x(3, 2) : x(2, 3), transB ? w(4, 3) : w(3, 4), b(4)],
    attributes: { transA, transB, alpha: 0.7, beta: -1.3 },
    output: [2, 4],
  })
  check([
    gemm(0, 0),
    gemm(0, 1),
    gemm(1, 0),
    gemm(1, 1),
    { name: 'Gemm without bias', opType: 'Gemm', inputs: [x(2, 3), w(3, 4)], output: [2, 4], uses: ['Gemm', 'Gemm'] },
    { name: 'Gemm with a column as bias', opType: 'Gemm', inputs: [x(2, 3), w(3, 4), b(2, 1)], output: [2, 4] },
    { name: 'Gemm with a scalar as bias', opType: 'Gemm', inputs: [x(2, 3), w(3, 4), b()], output: [2, 4] },
    { name: 'MatMul of matrices', opType: 'MatMul', inputs: [x(2, 3), w(3, 4)], output: [2, 4] },
    {
      name: 'MatMul with a weight for a whole batch',
      opType: 'MatMul',
      inputs: [x(2, 5, 3), w(3, 4)],
      output: [2, 5, 4],
    },
    { name: 'MatMul of batches', opType: 'MatMul', inputs: [x(2, 2, 5, 3), w(2, 2, 3, 4)], output: [2, 2, 5, 4] },
    {
      name: 'MatMul, both batches broadcast',
      opType: 'MatMul',
      inputs: [x(2, 1, 2, 3), w(3, 3, 2)],
      output: [2, 3, 2, 2],
    },
    { name: 'MatMul, a matrix against a batch', opType: 'MatMul', inputs: [x(2, 3), w(4, 3, 2)], output: [4, 2, 2] },
    { name: 'MatMul with a vector on the left', opType: 'MatMul', inputs: [x(3), w(2, 3, 4)], output: [2, 4] },
    { name: 'MatMul with a vector on the right', opType: 'MatMul', inputs: [x(2, 4, 3), w(3)], output: [2, 4] },
  ])
})

describe('the gradients of operators that move elements', () => {
  check([
    { name: 'Flatten', opType: 'Flatten', inputs: [x(2, 3, 2, 2)], output: [2, 12], uses: ['Reshape'] },
    {
      name: 'Flatten from axis 2',
      opType: 'Flatten',
      inputs: [x(2, 3, 2, 2)],
      attributes: { axis: 2 },
      output: [6, 4],
    },
    {
      name: 'Reshape',
      opType: 'Reshape',
      inputs: [x(2, 6), int64([3, -1, 2])],
      output: [3, 2, 2],
      uses: ['Reshape'],
    },
    { name: 'Squeeze', opType: 'Squeeze', inputs: [x(2, 1, 3, 1), int64([1])], output: [2, 3, 1] },
    { name: 'Squeeze without axes', opType: 'Squeeze', inputs: [x(2, 1, 3, 1)], output: [2, 3] },
    {
      name: 'Squeeze, axes as an attribute',
      opType: 'Squeeze',
      inputs: [x(2, 1, 3)],
      attributes: { axes: [1] },
      opset: 12,
      output: [2, 3],
    },
    { name: 'Unsqueeze', opType: 'Unsqueeze', inputs: [x(2, 3), int64([0, -1])], output: [1, 2, 3, 1] },
    { name: 'Identity', opType: 'Identity', inputs: [x(2, 3)], output: [2, 3], uses: [] },
    {
      name: 'Transpose',
      opType: 'Transpose',
      inputs: [x(2, 3, 4)],
      attributes: { perm: [1, 2, 0] },
      output: [3, 4, 2],
    },
    { name: 'Transpose without perm', opType: 'Transpose', inputs: [x(2, 3, 4)], output: [4, 3, 2] },
    {
      name: 'Concat',
      opType: 'Concat',
      inputs: [x(2, 3), w(2, 1), b(2, 2)],
      attributes: { axis: 1 },
      output: [2, 6],
    },
    {
      name: 'Concat from the back',
      opType: 'Concat',
      inputs: [x(2, 1, 3), w(2, 2, 3)],
      attributes: { axis: -2 },
      trained: [1],
      output: [2, 3, 3],
    },
    {
      name: 'Slice',
      opType: 'Slice',
      inputs: [x(2, 5, 4), int64([1, -3]), int64([4, 99]), int64([1, -1])],
      output: [2, 3, 3],
      uses: ['Pad'],
    },
    {
      name: 'Slice without axes, that takes everything',
      opType: 'Slice',
      inputs: [x(2, 3), int64([0, 0]), int64([2, 9])],
      output: [2, 3],
      uses: [],
    },
    {
      name: 'Slice backwards and with a step',
      opType: 'Slice',
      inputs: [x(2, 5, 7), int64([-1, 1]), int64([-9, 7]), int64([1, 2]), int64([-2, 3])],
      output: [2, 3, 2],
    },
    {
      name: 'Split, a part unread',
      opType: 'Split',
      inputs: [x(2, 6, 2), int64([3, 2, 1])],
      attributes: { axis: 1 },
      output: [2, 3, 2],
      outputs: 3,
      uses: ['Shape', 'ConstantOfShape', 'Shape', 'ConstantOfShape', 'Concat'],
    },
    {
      name: 'Concat, sizes as an attribute',
      opType: 'Concat',
      inputs: [x(2, 2), w(1, 2)],
      attributes: { axis: 0 },
      opset: 12,
      output: [3, 2],
    },
  ])
})

describe('the gradient of ReduceMean', () => {
  check(
    [
      { name: 'over height and width', opType: 'ReduceMean', inputs: [x(2, 3, 4, 5)], attributes: { axes: [2, 3] } },
      {
        name: 'without their axes',
        opType: 'ReduceMean',
        inputs: [x(2, 3, 4, 5)],
        attributes: { axes: [-1, 1], keepdims: 0 },
        output: [2, 4],
      },
      {
        name: 'axes as an input',
        opType: 'ReduceMean',
        inputs: [x(2, 3, 4), int64([1])],
        attributes: { keepdims: 0 },
        opset: 18,
        output: [2, 4],
      },
    ].map((test) => ({ output: [2, 3, 1, 1], ...test })),
  )
})

test('the gradient of Split joins those of its outputs', async () => {
  const g = new GraphBuilder()
  g.initializer('p', x(2, 5))
  const parts = g.ops('Split', ['p', g.ints(2, 3)], { axis: 1 }, { outputs: 2, name: '/Split' })
  const factors = [gaussian([2, 2], 'left'), gaussian([2, 3], 'right')].map((tensor) => g.constant(tensor))
  const scores = parts.map((part, i) => g.op('Mul', [part, factors[i]]))
  g.output(g.op('Concat', [scores[1], scores[0]], { axis: 1 }, { outputs: ['logits'] }), 'float32', [2, 5])
  const graph = await checkGradients(g.graph, { requiresGrad: ['p'], feeds })
  expect(graph.nodes.filter(({ name }) => name.startsWith('/Split_Grad/')).map(({ opType }) => opType)).toEqual([
    'Concat',
  ])
})

describe('the gradients of activations', () => {
  check([
    { name: 'HardSigmoid', opType: 'HardSigmoid', inputs: [x(2, 8)], attributes: { alpha: 0.4 }, output: [2, 8] },
    {
      name: 'HardSigmoid of torch',
      opType: 'HardSigmoid',
      inputs: [far],
      attributes: { alpha: 1 / 6 },
      output: [2, 8],
    },
    { name: 'HardSwish', opType: 'HardSwish', inputs: [far], output: [2, 8] },
    { name: 'Relu', opType: 'Relu', inputs: [x(2, 8)], output: [2, 8], uses: ['ReluGrad'] },
    { name: 'Sigmoid', opType: 'Sigmoid', inputs: [x(2, 8)], output: [2, 8] },
    { name: 'Tanh', opType: 'Tanh', inputs: [x(2, 8)], output: [2, 8] },
    { name: 'LeakyRelu', opType: 'LeakyRelu', inputs: [x(2, 8)], attributes: { alpha: 0.2 }, output: [2, 8] },
    {
      name: 'Clip',
      opType: 'Clip',
      inputs: [x(2, 8), float32([-0.5], []), float32([0.6], [])],
      trained: [0],
      output: [2, 8],
    },
    { name: 'Clip from below', opType: 'Clip', inputs: [x(2, 8), float32([-0.1], [])], trained: [0], output: [2, 8] },
    {
      name: 'Clip from above',
      opType: 'Clip',
      inputs: [x(2, 8), undefined, float32([0.1], [])],
      trained: [0],
      output: [2, 8],
    },
    { name: 'Clip without limits', opType: 'Clip', inputs: [x(2, 8)], output: [2, 8], uses: [] },
    { name: 'Softmax', opType: 'Softmax', inputs: [x(2, 3, 4)], output: [2, 3, 4] },
    {
      name: 'Softmax over channels',
      opType: 'Softmax',
      inputs: [x(2, 3, 4)],
      attributes: { axis: 1 },
      output: [2, 3, 4],
    },
  ])
})
