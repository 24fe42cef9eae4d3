import { floatAttribute, stringAttribute } from '../../../src/onnx/graph/graph.js'
import { combine, map } from './Array64.js'
import type { Operator, Operators } from './operator.js'

/** The error function, by its series of positive terms: exact to rounding for arguments of a network. */
export function erf(x: number): number {
  let [term, total] = [x, x]
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    total += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
}

const gelu: Operator = (node, [x]) =>
  map(x!, (value) => {
    const isExact = node.opType === 'Gelu' && stringAttribute(node, 'approximate', 'none') === 'none'
    if (isExact) return (value / 2) * (1 + erf(value / Math.SQRT2))
    return (value / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)))
  })

const softplus = (value: number): number => Math.log1p(Math.exp(value))

export const activations: Operators = {
  ':Celu': (node, [x]) => {
    const alpha = floatAttribute(node, 'alpha', 1)
    return map(x!, (value) => Math.max(0, value) + Math.min(0, alpha * Math.expm1(value / alpha)))
  },
  ':Elu': (node, [x]) => {
    const alpha = floatAttribute(node, 'alpha', 1)
    return map(x!, (value) => (value > 0 ? value : alpha * Math.expm1(value)))
  },
  ':Erf': (_, [x]) => map(x!, erf),
  ':Gelu': gelu,
  ':Mish': (_, [x]) => map(x!, (value) => value * Math.tanh(softplus(value))),
  ':PRelu': (_, [x, slope]) => combine(x!, slope!, (value, s) => (value > 0 ? value : s * value)),
  ':Selu': (node, [x]) => {
    const alpha = floatAttribute(node, 'alpha', 1.6732632)
    const gamma = floatAttribute(node, 'gamma', 1.050701)
    return map(x!, (value) => gamma * (value > 0 ? value : alpha * Math.expm1(value)))
  },
  ':Softplus': (_, [x]) => map(x!, softplus),
  ':Softsign': (_, [x]) => map(x!, (value) => value / (1 + Math.abs(value))),
  ':ThresholdedRelu': (node, [x]) => map(x!, (value) => (value > floatAttribute(node, 'alpha', 1) ? value : 0)),
  'com.microsoft:FastGelu': gelu,
  'com.microsoft:Gelu': gelu,
}
