import { MS } from '../../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { indexing, rarePointwise, rareReductions, transposed } from './otherCases.js'
import { b, positive, type RuleCase, w, x } from './ruleCase.js'
import { padding, resizing } from './samplingCases.js'

const bools = (...values: number[]): Tensor => ({ type: 'bool', dims: [values.length], data: Uint8Array.from(values) })
/** Away from the places where a result jumps or its slope does. */
const halves = (tensor: Tensor<'float32'>) =>
  float32(
    tensor.data.map((value) => value + Math.sign(value) * 0.05),
    tensor.dims,
  )

const elementwise: readonly RuleCase[] = [
  ...['Abs', 'Elu', 'Erf', 'Exp', 'Neg', 'Selu', 'Softplus'].map(
    (opType): RuleCase => ({ name: opType, opType, inputs: [halves(x(2, 8))], output: [2, 8] }),
  ),
  ...['Log', 'Reciprocal', 'Sqrt'].map(
    (opType): RuleCase => ({ name: opType, opType, inputs: [positive(x(2, 8))], output: [2, 8] }),
  ),
  { name: 'Elu, alpha', opType: 'Elu', inputs: [halves(x(2, 8))], attributes: { alpha: 0.3 }, output: [2, 8] },
  { name: 'Gelu', opType: 'Gelu', inputs: [x(2, 8)], output: [2, 8], opset: 20, uses: ['GeluGrad'] },
  {
    name: 'Gelu by tanh',
    opType: 'Gelu',
    inputs: [x(2, 8)],
    attributes: { approximate: 'tanh' },
    output: [2, 8],
    opset: 20,
    uses: ['FastGeluGrad'],
  },
  { name: 'Gelu of ONNX Runtime', opType: 'Gelu', domain: MS, inputs: [x(2, 8)], output: [2, 8], uses: ['GeluGrad'] },
  { name: 'Mish', opType: 'Mish', inputs: [x(2, 8)], output: [2, 8], opset: 18 },
  { name: 'PRelu', opType: 'PRelu', inputs: [halves(x(2, 3, 2, 2)), w(3, 1, 1)], output: [2, 3, 2, 2] },
  { name: 'Pow 2', opType: 'Pow', inputs: [x(2, 4), float32([2], [])], trained: [0], output: [2, 4] },
  { name: 'Pow 0.5', opType: 'Pow', inputs: [positive(x(2, 4)), float32([0.5], [])], trained: [0], output: [2, 4] },
  { name: 'Pow, a whole number', opType: 'Pow', inputs: [x(2, 4), int64([3])], output: [2, 4] },
  { name: 'Pow, exponents of channels', opType: 'Pow', inputs: [positive(x(2, 4)), w(4)], output: [2, 4] },
  { name: 'Pow, whole exponents', opType: 'Pow', inputs: [x(2, 4), int64([2, 1, 3, 0])], output: [2, 4] },
  { name: 'Max of three', opType: 'Max', inputs: [x(2, 4), w(4), b(2, 1)], output: [2, 4] },
  { name: 'Min', opType: 'Min', inputs: [x(2, 4), w(2, 4)], output: [2, 4] },
  { name: 'Max with one of them fixed', opType: 'Max', inputs: [x(2, 4), w(2, 4)], trained: [1], output: [2, 4] },
  { name: 'Sum of three', opType: 'Sum', inputs: [x(2, 4), w(4), b(2, 1)], output: [2, 4], opset: 13 },
  {
    name: 'Where',
    opType: 'Where',
    inputs: [bools(1, 0, 0, 1), x(2, 4), w(4)],
    output: [2, 4],
    uses: ['Where', 'Where', 'ReduceSum'],
  },
]

const reductions: readonly RuleCase[] = ['ReduceSum', 'ReduceMax', 'ReduceMin'].flatMap((opType): RuleCase[] => {
  const byInput = opType === 'ReduceSum' ? 13 : 18
  return [
    { name: `${opType}, kept`, opType, inputs: [x(2, 3, 4), int64([1])], output: [2, 1, 4], opset: byInput },
    {
      name: `${opType}, gone`,
      opType,
      inputs: [x(4, 3, 2), int64([-1, 1])],
      attributes: { keepdims: 0 },
      output: [4],
      opset: byInput,
    },
    {
      name: `${opType}, axes as an attribute`,
      opType,
      inputs: [x(2, 3, 4)],
      attributes: { axes: [2], keepdims: 0 },
      output: [2, 3],
      opset: 12,
    },
  ]
})

const products: readonly RuleCase[] = [
  {
    name: 'Einsum, matrices',
    opType: 'Einsum',
    inputs: [x(2, 3), w(3, 4)],
    attributes: { equation: 'ij,jk->ik' },
    output: [2, 4],
  },
  {
    name: 'Einsum, attention',
    opType: 'Einsum',
    inputs: [x(2, 3, 2, 4), w(2, 5, 2, 4)],
    attributes: { equation: 'bqhd,bkhd->bhqk' },
    output: [2, 2, 3, 5],
    uses: ['Einsum', 'Einsum'],
  },
  {
    name: 'Einsum, ellipsis',
    opType: 'Einsum',
    inputs: [x(2, 2, 3), w(3, 4)],
    attributes: { equation: '...j,jk->...k' },
    output: [2, 2, 4],
  },
  {
    name: 'Einsum, an axis summed',
    opType: 'Einsum',
    inputs: [x(2, 3), w(4)],
    attributes: { equation: 'ij,k->ik' },
    output: [2, 4],
  },
  {
    name: 'Einsum, three and no result',
    opType: 'Einsum',
    inputs: [x(2, 3), w(3, 2), b(2)],
    attributes: { equation: 'bc,cd,a' },
    output: [2, 2, 2],
  },
]

const moving: readonly RuleCase[] = [
  {
    name: 'Gather',
    opType: 'Gather',
    inputs: [x(3, 4), int64([2, 0, 2, 1])],
    output: [4, 4],
    uses: ['Shape', 'GatherGrad'],
  },
  {
    name: 'Gather, one of an axis',
    opType: 'Gather',
    inputs: [x(2, 3, 4), int64([0], [])],
    attributes: { axis: 1 },
    output: [2, 4],
  },
  {
    name: 'Gather, a table of places',
    opType: 'Gather',
    inputs: [x(2, 5), int64([0, 3, 3, 1], [2, 2])],
    attributes: { axis: -1 },
    output: [2, 2, 2],
  },
  {
    name: 'Expand',
    opType: 'Expand',
    inputs: [x(3, 1), int64([2, 3, 4])],
    output: [2, 3, 4],
    uses: ['ReduceSum', 'Reshape'],
  },
  { name: 'Expand to the same', opType: 'Expand', inputs: [x(2, 3), int64([1, 3])], output: [2, 3], uses: [] },
  { name: 'Tile', opType: 'Tile', inputs: [x(2, 3), int64([2, 3])], output: [4, 9] },
  {
    name: 'Tile of three axes, one repeated',
    opType: 'Tile',
    inputs: [x(1, 3, 2), int64([4, 1, 1])],
    output: [4, 3, 2],
  },
  {
    name: 'Pad',
    opType: 'Pad',
    inputs: [x(2, 3), int64([0, 1, 2, 0]), float32([0.5], [])],
    trained: [0],
    output: [4, 4],
  },
  { name: 'Pad that cuts', opType: 'Pad', inputs: [x(2, 5), int64([0, -1, 0, 2])], output: [2, 6] },
  {
    name: 'Pad along axes',
    opType: 'Pad',
    inputs: [x(2, 3), int64([1, 2]), undefined, int64([-1])],
    output: [2, 6],
    opset: 18,
  },
  {
    name: 'DepthToSpace',
    opType: 'DepthToSpace',
    inputs: [x(2, 8, 2, 3)],
    attributes: { blocksize: 2 },
    output: [2, 2, 4, 6],
  },
  {
    name: 'DepthToSpace, CRD',
    opType: 'DepthToSpace',
    inputs: [x(2, 8, 2, 3)],
    attributes: { blocksize: 2, mode: 'CRD' },
    output: [2, 2, 4, 6],
  },
  {
    name: 'SpaceToDepth',
    opType: 'SpaceToDepth',
    inputs: [x(2, 2, 4, 6)],
    attributes: { blocksize: 2 },
    output: [2, 8, 2, 3],
  },
  { name: 'GlobalMaxPool', opType: 'GlobalMaxPool', inputs: [x(2, 3, 3, 2)], output: [2, 3, 1, 1] },
]

const normalizations: readonly RuleCase[] = [
  {
    name: 'LayerNormalization',
    opType: 'LayerNormalization',
    inputs: [x(2, 3, 5), w(5), b(5)],
    output: [2, 3, 5],
    uses: ['LayerNormalizationGrad'],
  },
  {
    name: 'LayerNormalization of two axes, without bias',
    opType: 'LayerNormalization',
    inputs: [x(2, 3, 5), w(3, 5)],
    attributes: { axis: 1, epsilon: 0.1 },
    output: [2, 3, 5],
  },
  {
    name: 'LayerNormalization, input alone',
    opType: 'LayerNormalization',
    inputs: [x(2, 3, 5), w(5), b(5)],
    trained: [0],
    output: [2, 3, 5],
  },
  ...['Softmax', 'LogSoftmax'].flatMap((opType): RuleCase[] => [
    ...[-1, 1, 0].map(
      (axis): RuleCase => ({
        name: `${opType}, axis ${axis}`,
        opType,
        inputs: [x(2, 3, 4)],
        attributes: { axis },
        output: [2, 3, 4],
      }),
    ),
    { name: `${opType} of old`, opType, inputs: [x(2, 3, 4)], attributes: { axis: 2 }, output: [2, 3, 4], opset: 12 },
  ]),
  {
    name: 'InstanceNormalization',
    opType: 'InstanceNormalization',
    inputs: [x(2, 3, 4, 2), w(3), b(3)],
    output: [2, 3, 4, 2],
  },
  {
    name: 'InstanceNormalization of rows',
    opType: 'InstanceNormalization',
    inputs: [x(2, 3, 6), w(3), b(3)],
    output: [2, 3, 6],
    opset: 18,
  },
  {
    name: 'GroupNormalization',
    opType: 'GroupNormalization',
    inputs: [x(2, 4, 3, 2), w(4), b(4)],
    attributes: { num_groups: 2 },
    output: [2, 4, 3, 2],
    opset: 21,
  },
  {
    name: 'LRN',
    opType: 'LRN',
    inputs: [x(2, 5, 2, 3)],
    attributes: { size: 3, alpha: 0.5, beta: 0.6, bias: 1.5 },
    output: [2, 5, 2, 3],
  },
]

/** Operators of transformers and other networks whose gradient is a rule of its own, by group. */
export const ruleCases = {
  elementwise,
  reductions,
  products,
  moving,
  padding,
  resizing,
  normalizations,
  rarePointwise,
  rareReductions,
  indexing,
  transposed,
}
