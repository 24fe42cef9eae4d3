import { float32, int64 } from '../../../src/onnx/graph/tensor.js'
import { b, type RuleCase, w, x } from './ruleCase.js'

/** Away from the places where a slope jumps. */
const halves = float32(
  x(2, 8).data.map((value) => value + Math.sign(value) * 0.05),
  [2, 8],
)

/** Operators of a single element that few networks have. */
export const rarePointwise: readonly RuleCase[] = [
  ...['Atan', 'Celu', 'Cos', 'Sin', 'Softsign'].map(
    (opType): RuleCase => ({ name: opType, opType, inputs: [halves], output: [2, 8] }),
  ),
  { name: 'Celu, alpha', opType: 'Celu', inputs: [halves], attributes: { alpha: 0.4 }, output: [2, 8] },
  {
    name: 'Tan',
    opType: 'Tan',
    inputs: [
      float32(
        halves.data.map((value) => value / 3),
        [2, 8],
      ),
    ],
    output: [2, 8],
  },
  {
    name: 'ThresholdedRelu',
    opType: 'ThresholdedRelu',
    inputs: [halves],
    attributes: { alpha: 0.3 },
    output: [2, 8],
  },
  { name: 'Mean of three', opType: 'Mean', inputs: [x(2, 4), w(4), b(2, 1)], output: [2, 4] },
  {
    name: 'Mod of floats',
    opType: 'Mod',
    inputs: [float32([5.3, -4.1, 2.2, 7.9, -6.4, 3.3], [2, 3]), float32([1.5, 2.1, -0.9], [3])],
    attributes: { fmod: 1 },
    output: [2, 3],
  },
]

export const rareReductions: readonly RuleCase[] = [
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSumExp', 'ReduceSumSquare'].map(
    (opType): RuleCase => ({
      name: `${opType}, gone`,
      opType,
      inputs: [x(4, 3, 2), int64([-1, 1])],
      attributes: { keepdims: 0 },
      output: [4],
      opset: 18,
    }),
  ),
  { name: 'ReduceL2, kept', opType: 'ReduceL2', inputs: [x(2, 3, 4)], attributes: { axes: [2] }, output: [2, 3, 1] },
]

export const indexing: readonly RuleCase[] = [
  { name: 'CumSum', opType: 'CumSum', inputs: [x(2, 4), int64([1], [])], output: [2, 4] },
  {
    name: 'CumSum backwards, of those behind',
    opType: 'CumSum',
    inputs: [x(4, 3), int64([-2], [])],
    attributes: { exclusive: 1, reverse: 1 },
    output: [4, 3],
  },
  {
    name: 'GatherElements',
    opType: 'GatherElements',
    inputs: [x(2, 3), int64([0, 2, 2, 1, 1, 1, 0, 2], [2, 4])],
    attributes: { axis: 1 },
    output: [2, 4],
    opset: 18,
    uses: ['Shape', 'GatherElementsGrad'],
  },
  {
    name: 'GatherND',
    opType: 'GatherND',
    inputs: [x(3, 2, 4), int64([2, 0, 0, 1, -1, -2], [3, 2])],
    output: [3, 4],
  },
  {
    name: 'GatherND, a table of places',
    opType: 'GatherND',
    inputs: [x(3, 4), int64([2, 0, 0, 1], [2, 2, 1])],
    output: [2, 2, 4],
    opset: 12,
  },
  {
    name: 'ScatterElements',
    opType: 'ScatterElements',
    inputs: [x(2, 4), int64([3, 0, 1, 2], [2, 2]), w(2, 2)],
    attributes: { axis: 1 },
    output: [2, 4],
    opset: 18,
  },
  {
    name: 'ScatterElements that adds',
    opType: 'ScatterElements',
    inputs: [x(2, 4), int64([0, 1, 1, 0], [1, 4]), w(1, 4)],
    attributes: { reduction: 'add' },
    output: [2, 4],
    opset: 18,
  },
  { name: 'ScatterND', opType: 'ScatterND', inputs: [x(4, 3), int64([2, 0], [2, 1]), w(2, 3)], output: [4, 3] },
  {
    name: 'ScatterND that adds',
    opType: 'ScatterND',
    inputs: [x(2, 3), int64([1, 0, 1, 0, 0, 2], [3, 2]), w(3)],
    attributes: { reduction: 'add' },
    output: [2, 3],
    opset: 18,
  },
  { name: 'TopK', opType: 'TopK', inputs: [x(2, 5), int64([3])], output: [2, 3], outputs: 2 },
  {
    name: 'TopK, the smallest of columns',
    opType: 'TopK',
    inputs: [x(2, 5, 2), int64([2])],
    attributes: { axis: 1, largest: 0 },
    output: [2, 2, 2],
    outputs: 2,
  },
  { name: 'Trilu', opType: 'Trilu', inputs: [x(2, 3, 3)], output: [2, 3, 3] },
  {
    name: 'Trilu, below the diagonal',
    opType: 'Trilu',
    inputs: [x(4, 3), int64([-1], [])],
    attributes: { upper: 0 },
    output: [4, 3],
  },
]

export const transposed: readonly RuleCase[] = [
  {
    name: 'ConvTranspose',
    opType: 'ConvTranspose',
    inputs: [x(2, 3, 2, 3), w(3, 2, 2, 2), b(2)],
    attributes: { strides: [2, 2] },
    output: [2, 2, 4, 6],
  },
  {
    name: 'ConvTranspose with pads, groups and a row more',
    opType: 'ConvTranspose',
    inputs: [x(2, 2, 3, 2), w(2, 2, 3, 2)],
    attributes: { group: 2, strides: [2, 3], pads: [1, 0, 1, 1], output_padding: [1, 2], dilations: [1, 2] },
    output: [2, 4, 6, 7],
    uses: ['Conv', 'ConvGrad'],
  },
  { name: 'ConvTranspose of rows', opType: 'ConvTranspose', inputs: [x(2, 2, 3), w(2, 3, 3)], output: [2, 3, 5] },
  {
    name: 'Col2Im',
    opType: 'Col2Im',
    inputs: [x(2, 8, 6), int64([3, 4]), int64([2, 2])],
    output: [2, 2, 3, 4],
    opset: 18,
  },
  {
    name: 'Col2Im with pads, strides and dilations',
    opType: 'Col2Im',
    inputs: [x(2, 4, 4), int64([4, 5]), int64([2, 2])],
    attributes: { pads: [1, 0, 0, 1], strides: [2, 2], dilations: [1, 2] },
    output: [2, 1, 4, 5],
    opset: 18,
  },
]
