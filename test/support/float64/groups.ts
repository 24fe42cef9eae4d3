import { floatAttribute, intAttribute, type Node } from '../../../src/onnx/graph/graph.js'
import { type Array64, combine, fromFront, reduce, reshape, sizeOf, sum } from './Array64.js'
import type { Operator, Operators } from './operator.js'

/** x less its mean along axes, over its deviation. */
function standardised(node: Node, x: Array64, axes: readonly number[]): Array64 {
  const mean = reduce(x, axes, (line) => sum(line) / line.length)
  const centred = combine(x, mean, (a, b) => a - b)
  const variance = reduce(centred, axes, (line) => sum(line.map((value) => value * value)) / line.length)
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  return combine(centred, variance, (a, b) => a / Math.sqrt(b + epsilon))
}

const affine = (x: Array64, scale: Array64, bias: Array64 | undefined): Array64 => {
  const scaled = combine(x, scale, (a, b) => a * b)
  return bias ? combine(scaled, bias, (a, b) => a + b) : scaled
}

const layerNormalization: Operator = (node, [x, scale, bias]) => {
  const axis = fromFront(intAttribute(node, 'axis', -1), x!.dims.length)
  const axes = [...x!.dims.keys()].slice(axis)
  return affine(standardised(node, x!, axes), scale!, bias)
}

const perChannel = (vector: Array64, x: Array64): Array64 =>
  reshape(vector, [x.dims[1]!, ...x.dims.slice(2).map(() => 1)])

const instanceNormalization: Operator = (node, [x, scale, bias]) => {
  const axes = [...x!.dims.keys()].slice(2)
  return affine(standardised(node, x!, axes), perChannel(scale!, x!), perChannel(bias!, x!))
}

const groupNormalization: Operator = (node, [x, scale, bias]) => {
  const groups = intAttribute(node, 'num_groups', 1)
  const grouped = reshape(x!, [x!.dims[0]!, groups, sizeOf(x!.dims.slice(1)) / groups])
  return affine(reshape(standardised(node, grouped, [2]), x!.dims), perChannel(scale!, x!), perChannel(bias!, x!))
}

const lrn: Operator = (node, [x]) => {
  const size = intAttribute(node, 'size', 1)
  const [alpha, beta, bias] = [
    floatAttribute(node, 'alpha', 1e-4),
    floatAttribute(node, 'beta', 0.75),
    floatAttribute(node, 'bias', 1),
  ]
  const [, channels, ...image] = x!.dims as [number, number, ...number[]]
  const inner = sizeOf(image)
  return {
    dims: x!.dims,
    data: x!.data.map((value, i) => {
      const channel = Math.floor(i / inner) % channels
      let squares = 0
      for (let k = -Math.floor((size - 1) / 2); k <= Math.ceil((size - 1) / 2); k++)
        if (channel + k >= 0 && channel + k < channels) squares += x!.data[i + k * inner]! ** 2
      return value / (bias + (alpha / size) * squares) ** beta
    }),
  }
}

export const groups: Operators = {
  ':GroupNormalization': groupNormalization,
  ':InstanceNormalization': instanceNormalization,
  ':LRN': lrn,
  ':LayerNormalization': layerNormalization,
}
