import { floatAttribute, intAttribute, type Node, stringAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, combine, fromFront, map, reduce, sizeOf, sum, zeros } from './Array64.js'
import { perChannel } from './convolutions.js'
import type { Operator, Operators } from './operator.js'

/** x for each channel: f(value, index of the channel). */
function mapChannels(x: Array64, f: (value: number, channel: number, i: number) => number): Array64 {
  const inner = sizeOf(x.dims.slice(2))
  const data = x.data.map((value, i) => f(value, Math.floor(i / inner) % x.dims[1]!, i))
  return { dims: x.dims, data }
}

const meanOf = (line: Float64Array): number => sum(line) / line.length
const varianceOf = (line: Float64Array): number => {
  const mean = meanOf(line)
  return meanOf(line.map((value) => (value - mean) ** 2))
}

function normalize(node: Node, x: Array64, of: { scale: Array64; bias: Array64; mean: Array64; variance: Array64 }) {
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  const inverse = of.variance.data.map((value) => 1 / Math.sqrt(value + epsilon))
  const y = mapChannels(
    x,
    (value, c) => (value - of.mean.data[c]!) * inverse[c]! * of.scale.data[c]! + of.bias.data[c]!,
  )
  return { y, inverse: { dims: of.variance.dims, data: inverse } }
}

const batchNormalization: Operator = (node, [x, scale, bias, mean, variance], c) => {
  const [batchMean, batchVariance] = [perChannel(x!, meanOf), perChannel(x!, varianceOf)]
  const statistics = c.trains(node)
    ? { mean: batchMean, variance: batchVariance }
    : { mean: mean!, variance: variance! }
  return normalize(node, x!, { scale: scale!, bias: bias!, ...statistics }).y
}

/** In training, with torch's running variance: that of the batch is the unbiased one. */
const batchNormInternal: Operator = (node, [x, scale, bias, oldMean, oldVariance]) => {
  const [mean, variance] = [perChannel(x!, meanOf), perChannel(x!, varianceOf)]
  const { y, inverse } = normalize(node, x!, { scale: scale!, bias: bias!, mean, variance })
  const momentum = floatAttribute(node, 'momentum', 0.9)
  const count = x!.data.length / x!.dims[1]!
  const moved = (old: Array64, batch: Array64, factor: number) =>
    combine(old, batch, (a, b) => momentum * a + (1 - momentum) * factor * b)
  const unbiased = count / Math.max(count - 1, 1)
  return [y, moved(oldMean!, mean, 1), moved(oldVariance!, variance, unbiased), mean, inverse]
}

/** From dY, X, scale, batch mean and 1 / deviation: dX, dScale, dBias. */
const batchNormalizationGrad: Operator = (_, [dy, x, scale, mean, inverse]) => {
  const hat = mapChannels(x!, (value, c) => (value - mean!.data[c]!) * inverse!.data[c]!)
  const dBias = perChannel(dy!, sum)
  const dScale = perChannel(
    combine(hat, dy!, (a, b) => a * b),
    sum,
  )
  const count = x!.data.length / x!.dims[1]!
  const dx = mapChannels(dy!, (value, c, i) => {
    const inner = value - dBias.data[c]! / count - (hat.data[i]! * dScale.data[c]!) / count
    return scale!.data[c]! * inverse!.data[c]! * inner
  })
  return [dx, dScale, dBias]
}

function logSoftmax(x: Array64, axis: number): Array64 {
  const axes = [fromFront(axis, x.dims.length)]
  const logSum = reduce(x, axes, (line) => {
    const largest = Math.max(...line)
    return largest + Math.log(sum(line.map((value) => Math.exp(value - largest))))
  })
  return combine(x, logSum, (a, b) => a - b)
}

/** Before operator set 13 the axes from `axis` on were one, and the default was 1. */
const logSoftmaxOf: Operator = (node, [x], { opset }) => {
  if (opset >= 13) return logSoftmax(x!, intAttribute(node, 'axis', -1))
  const axis = fromFront(intAttribute(node, 'axis', 1), x!.dims.length)
  const rows = { dims: [...x!.dims.slice(0, axis), sizeOf(x!.dims.slice(axis))], data: x!.data }
  return { dims: x!.dims, data: logSoftmax(rows, axis).data }
}

/** 1 at the class of each label. */
function oneHot(labels: Array64, dims: readonly number[]): Array64 {
  const result = zeros(dims)
  const inner = sizeOf(dims.slice(2))
  for (const [i, label] of labels.data.entries())
    result.data[(Math.floor(i / inner) * dims[1]! + label) * inner + (i % inner)] = 1
  return result
}

const divisor = (node: Node, labels: Array64): number =>
  stringAttribute(node, 'reduction', 'mean') === 'mean' ? labels.data.length : 1

const crossEntropy: Operator = (node, [logits, labels]) => {
  const logs = logSoftmax(logits!, 1)
  const chosen = combine(logs, oneHot(labels!, logs.dims), (a, b) => a * b)
  return [{ dims: [], data: Float64Array.of(-sum(chosen.data) / divisor(node, labels!)) }, logs]
}

const crossEntropyGrad: Operator = (node, [dy, logs, labels]) => {
  const factor = dy!.data[0]! / divisor(node, labels!)
  return combine(logs!, oneHot(labels!, logs!.dims), (log, isClass) => factor * (Math.exp(log) - isClass))
}

export const normalization: Operators = {
  ':BatchNormalization': batchNormalization,
  ':LogSoftmax': logSoftmaxOf,
  ':Softmax': (node, inputs, context) => map(logSoftmaxOf(node, inputs, context) as Array64, Math.exp),
  ':SoftmaxCrossEntropyLoss': crossEntropy,
  'com.microsoft:BatchNormInternal': batchNormInternal,
  'com.microsoft:BatchNormalizationGrad': batchNormalizationGrad,
  'com.microsoft:SoftmaxCrossEntropyLossGrad': crossEntropyGrad,
}
