import { floatAttribute, intAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, combine, map } from './Array64.js'
import type { Operator, Operators } from './operator.js'

const each =
  (f: (value: number) => number): Operator =>
  (_, [x]) =>
    map(x!, f)
const pairs =
  (f: (a: number, b: number) => number): Operator =>
  (_, [a, b]) =>
    combine(a!, b!, f)
const all =
  (f: (a: number, b: number) => number): Operator =>
  (_, inputs) =>
    inputs.reduce((a, b) => combine(a!, b!, f))!

const clip: Operator = (node, [x, min, max]) => {
  const low = min?.data[0] ?? floatAttribute(node, 'min', -Infinity)
  const high = max?.data[0] ?? floatAttribute(node, 'max', Infinity)
  return map(x!, (value) => Math.min(Math.max(value, low), high))
}

const where: Operator = (_, [condition, a, b]) => {
  const chosen = (x: Array64, if_: number) => combine(condition!, x, (c, value) => (c === if_ ? value : 0))
  return combine(chosen(a!, 1), chosen(b!, 0), (x, y) => x + y)
}

/** Element types as ONNX numbers them: floats keep every value, whole numbers what is before the point. */
const [FLOAT, BOOL, DOUBLE] = [1, 9, 11]
const cast: Operator = (node, [x]) => {
  const to = intAttribute(node, 'to', FLOAT)
  if (to === FLOAT || to === DOUBLE) return x!
  return map(x!, to === BOOL ? (value) => Number(value !== 0) : Math.trunc)
}

export const arithmetic: Operators = {
  ':Abs': each(Math.abs),
  ':Add': pairs((a, b) => a + b),
  ':And': pairs(Math.min),
  ':Atan': each(Math.atan),
  ':Cast': cast,
  ':Ceil': each(Math.ceil),
  ':Clip': clip,
  ':Cos': each(Math.cos),
  ':Div': pairs((a, b) => a / b),
  ':Equal': pairs((a, b) => Number(a === b)),
  ':Exp': each(Math.exp),
  ':Floor': each(Math.floor),
  ':Greater': pairs((a, b) => Number(a > b)),
  ':HardSigmoid': (node, [x]) => {
    const [alpha, beta] = [floatAttribute(node, 'alpha', 0.2), floatAttribute(node, 'beta', 0.5)]
    return map(x!, (value) => Math.max(0, Math.min(1, alpha * value + beta)))
  },
  ':HardSwish': each((value) => value * Math.max(0, Math.min(1, value / 6 + 0.5))),
  ':Identity': (_, [x]) => x!,
  ':LeakyRelu': (node, [x]) => map(x!, (value) => (value > 0 ? value : value * floatAttribute(node, 'alpha', 0.01))),
  ':Less': pairs((a, b) => Number(a < b)),
  ':Log': each(Math.log),
  ':Max': all(Math.max),
  ':Mean': (_, inputs) => map(inputs.reduce((a, b) => combine(a!, b!, (x, y) => x + y))!, (v) => v / inputs.length),
  ':Min': all(Math.min),
  ':Mod': pairs((a, b) => a % b),
  ':Mul': pairs((a, b) => a * b),
  ':Neg': each((value) => -value),
  ':Not': each((value) => 1 - value),
  ':Or': pairs(Math.max),
  ':Pow': pairs((a, b) => a ** b),
  ':Reciprocal': each((value) => 1 / value),
  ':Relu': each((value) => Math.max(value, 0)),
  ':Round': each((value) => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value))),
  ':Sigmoid': each((value) => 1 / (1 + Math.exp(-value))),
  ':Sign': each(Math.sign),
  ':Sin': each(Math.sin),
  ':Sqrt': each(Math.sqrt),
  ':Sub': pairs((a, b) => a - b),
  ':Sum': all((a, b) => a + b),
  ':Tan': each(Math.tan),
  ':Tanh': each(Math.tanh),
  ':Where': where,
  'com.microsoft:ReluGrad': pairs((dy, x) => (x > 0 ? dy : 0)),
  'com.microsoft:Scale': (node, [x, scale]) => {
    const factor = intAttribute(node, 'scale_down', 0) ? 1 / scale!.data[0]! : scale!.data[0]!
    return map(x!, (value) => value * factor)
  },
}
