import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { checkOp, gaussian, type OpCase, opGraph } from '../support/checkOp.js'
import { runStock } from '../support/stockRuntime.js'
import { lowered, name } from './support.js'

const scalarInt = (value: number): Tensor => ({ type: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) })

/** Labels 0, 1, ... and in between the ignored one. */
function labelsOf(dims: number[], classes: number, type: 'int32' | 'int64', ignored?: number): Tensor {
  const size = dims.reduce((a, b) => a * b, 1)
  const values = Array.from({ length: size }, (_, i) =>
    ignored !== undefined && i % 3 === 1 ? ignored : (i * 7) % classes,
  )
  if (type === 'int32') return { type, dims, data: Int32Array.from(values) }
  return { type, dims, data: BigInt64Array.from(values, BigInt) }
}

const cases = [
  { scores: [4, 5] },
  { scores: [1, 5] },
  { scores: [4, 5], type: 'int32' },
  { scores: [6, 3], weights: true },
  { scores: [6, 3], ignored: 2 },
  { scores: [6, 3], ignored: -100, weights: true },
  { scores: [6, 3], ignored: -100, type: 'int32' },
  { scores: [2, 4, 3] },
  { scores: [2, 4, 3, 2], ignored: 1, weights: true },
  { scores: [2, 4, 3, 2], type: 'int32' },
] as { scores: number[]; type?: 'int32' | 'int64'; weights?: boolean; ignored?: number }[]

const weightsOf = (classes: number): Tensor => {
  const tensor = gaussian([classes], 'weights')
  return { ...tensor, data: (tensor.data as Float32Array).map((value) => Math.abs(value) + 0.1) } as Tensor
}

for (const reduction of ['mean', 'sum', 'none'])
  for (const facts of cases) {
    const { scores, type = 'int64', ignored } = facts
    const [batch, classes, ...spatial] = scores as [number, number, ...number[]]
    const labels = labelsOf([batch, ...spatial], classes, type, ignored)
    const weights = facts.weights ? weightsOf(classes) : undefined
    const title = name({ reduction, ...facts })
    const attributes = { reduction, ignore_index: ignored }
    const dY = gaussian(reduction === 'none' ? labels.dims : [], 'dY')
    const logProbabilities = logSoftmax(gaussian(scores, 'scores'))

    describe(title, () => {
      test('loss', () =>
        checkOp(
          {
            opType: 'SoftmaxCrossEntropyLoss',
            domain: '',
            inputs: [gaussian(scores, 'scores'), labels, weights],
            attributes,
            outputs: ['float32', 'float32'],
            batched: [0, 1],
          },
          lowered(),
        ))

      test('internal loss', () =>
        checkOp(
          {
            opType: 'SoftmaxCrossEntropyLossInternal',
            inputs: [
              gaussian(scores, 'scores'),
              labels,
              weights,
              ignored === undefined ? undefined : scalarInt(ignored),
            ],
            attributes: { reduction },
            outputs: ['float32', 'float32'],
            batched: [0, 1],
          },
          lowered(),
        ))

      test('gradient', () =>
        checkOp(
          {
            opType: 'SoftmaxCrossEntropyLossGrad',
            inputs: [dY, logProbabilities, labels, weights],
            attributes,
            batched: reduction === 'none' ? [0, 1, 2] : [1, 2],
          },
          lowered(),
        ))

      test('internal gradient', () =>
        checkOp(
          {
            opType: 'SoftmaxCrossEntropyLossInternalGrad',
            inputs: [dY, logProbabilities, labels, weights, ignored === undefined ? undefined : scalarInt(ignored)],
            attributes: { reduction },
            batched: reduction === 'none' ? [0, 1, 2] : [1, 2],
          },
          lowered(),
        ))
    })
  }

test('the label -1 is ignored where the node names none, as in the official kernels', async () => {
  const labels = labelsOf([6], 3, 'int64', -1)
  const loss: OpCase = {
    opType: 'SoftmaxCrossEntropyLoss',
    domain: '',
    inputs: [gaussian([6, 3], 'scores'), labels],
    outputs: ['float32', 'float32'],
  }
  await checkOp(loss, lowered())
  const inputs = [gaussian([], 'dY'), logSoftmax(gaussian([6, 3], 'scores')), labels]
  await checkOp({ opType: 'SoftmaxCrossEntropyLossGrad', inputs }, lowered())
})

test('a batch in which every sample is ignored has loss and gradient 0', async () => {
  const labels = labelsOf([3], 1, 'int64')
  const loss: OpCase = {
    opType: 'SoftmaxCrossEntropyLoss',
    domain: '',
    inputs: [gaussian([3, 2], 'scores'), labels],
    attributes: { ignore_index: 0 },
  }
  await checkOp(loss, lowered())
})

test('the gradient is that of the loss (finite differences)', async () => {
  const scores = gaussian([4, 3], 'scores')
  const labels = labelsOf([4], 3, 'int64')
  const lossAt = async (data: Float32Array) => {
    const inputs = [{ ...scores, data } as Tensor, labels]
    const { graph, feeds } = opGraph({ opType: 'SoftmaxCrossEntropyLoss', domain: '', inputs })
    return Number((await runStock(lowered()(graph), feeds)).y0!.data[0])
  }
  const one: Tensor = { type: 'float32', dims: [], data: Float32Array.of(1) }
  const { graph, feeds } = opGraph({ opType: 'SoftmaxCrossEntropyLossGrad', inputs: [one, logSoftmax(scores), labels] })
  const gradient = (await runStock(lowered()(graph), feeds)).y0!.data as Float32Array
  for (const at of [0, 4, 11]) {
    const [up, down] = [(scores.data as Float32Array).slice(), (scores.data as Float32Array).slice()]
    up[at]! += 0.01
    down[at]! -= 0.01
    expect(((await lossAt(up)) - (await lossAt(down))) / 0.02).toBeCloseTo(gradient[at]!, 4)
  }
})

/** Along axis 1, in float64. */
function logSoftmax(tensor: Tensor): Tensor {
  const [, classes, ...spatial] = tensor.dims as [number, number, ...number[]]
  const stride = spatial.reduce((a, b) => a * b, 1)
  const data = tensor.data as Float32Array
  const result = data.map((value, i) => {
    const first = Math.floor(i / (classes * stride)) * classes * stride + (i % stride)
    const sum = Array.from({ length: classes }, (_, c) => Math.exp(data[first + c * stride]!)).reduce((a, b) => a + b)
    return value - Math.log(sum)
  })
  return { ...tensor, data: result } as Tensor
}
