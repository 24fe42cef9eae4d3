import { describe, test } from 'vitest'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { checkOp, gaussian, type OpCase } from '../support/checkOp.js'
import { lowered, name } from './support.js'

const ints = (values: number[], dims = [values.length]): Tensor => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
})
const bools = (dims: number[]): Tensor => ({
  type: 'bool',
  dims,
  data: (gaussian(dims, 'mask').data as Float32Array).reduce(
    (mask, value, i) => {
      mask[i] = value > 0 ? 1 : 0
      return mask
    },
    new Uint8Array(dims.reduce((a, b) => a * b, 1)),
  ),
})
const float = (...values: number[]): Tensor => ({
  type: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
})
const scalar = (value: number): Tensor => ({ type: 'float32', dims: [], data: Float32Array.of(value) })
const logs = (dims: number[]): Tensor => {
  const tensor = gaussian(dims, 'logs')
  return { ...tensor, data: (tensor.data as Float32Array).map((value) => -Math.abs(value)) } as Tensor
}

const shape = [3, 4, 5]
const [dY, x] = [gaussian(shape, 'dY'), gaussian(shape, 'x')]

const cases: OpCase[] = [
  { opType: 'ReluGrad', inputs: [dY, x], batched: [0, 1] },
  { opType: 'ReluGrad', inputs: [float(1, 2, 3, 4, 5), float(0, -0, 1e-20, 1e30, -1e-20)] },
  { opType: 'SigmoidGrad', inputs: [dY, x], batched: [0, 1] },
  { opType: 'TanhGrad', inputs: [dY, x], batched: [0, 1] },
  { opType: 'GeluGrad', inputs: [dY, x], batched: [0, 1] },
  ...[-1, 1, 0].flatMap((axis): OpCase[] => [
    { opType: 'SoftmaxGrad_13', inputs: [dY, x], attributes: { axis }, batched: [0, 1] },
    { opType: 'LogSoftmaxGrad_13', inputs: [dY, logs(shape)], attributes: { axis }, batched: [0, 1] },
  ]),
  { opType: 'Scale', inputs: [x, scalar(2.5)] },
  { opType: 'Scale', inputs: [x, scalar(2.5)], attributes: { scale_down: 1 } },
  { opType: 'Scale', inputs: [x, ints([49])], attributes: { scale_down: 1 } },
  { opType: 'Scale', inputs: [scalar(3), float(7)], attributes: { scale_down: 1 } },
  {
    opType: 'DropoutGrad',
    inputs: [dY, bools(shape), scalar(0.3), { type: 'bool', dims: [], data: Uint8Array.of(1) }],
  },
  { opType: 'DropoutGrad', inputs: [dY, bools(shape)] },
  { opType: 'GatherGrad', inputs: [ints([6, 4]), ints([5, 0, 5]), gaussian([3, 4])], attributes: { axis: 0 } },
  {
    opType: 'GatherGrad',
    inputs: [ints([6, 4]), ints([5, 0, 5, 2], [2, 2]), gaussian([2, 2, 4])],
    attributes: { axis: 0 },
  },
  {
    opType: 'GatherGrad',
    inputs: [ints([2, 6, 3]), ints([5, 0, 5, 2], [2, 2]), gaussian([2, 2, 2, 3])],
    attributes: { axis: 1 },
  },
  { opType: 'GatherGrad', inputs: [ints([2, 6]), ints([1], []), gaussian([2])], attributes: { axis: -1 } },
  {
    opType: 'GatherElementsGrad',
    inputs: [gaussian([2, 3]), ints([2, 6]), ints([5, 0, 5, 2, 1, 1], [2, 3])],
    attributes: { axis: 1 },
  },
  { opType: 'ReduceAllL2', inputs: [x, gaussian([7]), gaussian([2, 2])] },
  {
    opType: 'ConcatTraining',
    inputs: [x, gaussian([3, 2, 5])],
    attributes: { axis: 1 },
    outputs: ['float32', 'int64'],
  },
  {
    opType: 'ConcatTraining',
    inputs: [x, gaussian([3, 4, 1])],
    attributes: { axis: -1 },
    outputs: ['float32', 'int64'],
  },
  { opType: 'SplitTraining', inputs: [x, ints([1, 3])], attributes: { axis: 1 }, outputs: ['float32', 'float32'] },
  ...[-1, 1].map((axis): OpCase => {
    const normalized = shape.slice(axis)
    const rows = shape.map((size, i) => (i >= (axis + 3) % 3 ? 1 : size))
    return {
      opType: 'LayerNormalizationGrad',
      inputs: [dY, x, gaussian(normalized, 'scale'), gaussian(rows, 'mean'), gaussian(rows, 'inverse')],
      attributes: { axis },
      outputs: ['float32', 'float32', 'float32'],
      batched: [0, 1, 3, 4],
    }
  }),
]

describe('elementwise and moving operators', () => {
  for (const [i, facts] of cases.entries())
    test(`${i} ${facts.opType} ${name({ ...facts.attributes })}`, () => checkOp(facts, lowered()))
})
