import { typeOf } from '../format/tensorProto.js'
import { type Dim, intAttribute, type Node } from '../graph/graph.js'
import type { DataType } from '../graph/tensor.js'
import { broadcast } from './dims.js'
import type { ShapeRule } from './rule.js'

/** Infers one output with the type and shape of input `index`. */
export const like =
  (index: number): ShapeRule =>
  ({ type, shape }) => [{ type: type(index), shape: shape(index) }]

/** Infers one output with the broadcast shape of all inputs; the type of the first unless given. */
export const broadcasting =
  (result?: DataType): ShapeRule =>
  ({ node, type, shape }) => [
    { type: result ?? type(0), shape: broadcast(...node.inputs.map((_, index) => shape(index))) },
  ]

/** Infers arithmetic, which shapes are computed with as well. */
export const arithmetic =
  (apply: (a: number, b: number, node: Node) => number): ShapeRule =>
  ({ node, type, shape, numbers }) => {
    const [a, b] = [numbers(0), numbers(1)]
    const whole = broadcast(shape(0), shape(1))
    const size = a && b && Math.max(a.length, b.length)
    const elements =
      a && b && size !== undefined && size <= 8 && type(0) === 'int64'
        ? Array.from({ length: size }, (_, i) => Math.trunc(apply(a[i % a.length]!, b[i % b.length]!, node)))
        : undefined
    return [{ type: type(0), shape: whole, elements }]
  }

/** The rule of Mod: the remainder has the sign of the divisor, or with `fmod` that of the dividend. */
export const mod = arithmetic((a, b, node) => (intAttribute(node, 'fmod', 0) ? a % b : a - b * Math.floor(a / b)))

/** Infers Where. Exporters choose sizes by it, wherever a size that is to stay is written as -1. */
export const where: ShapeRule = ({ type, shape, elements }) => {
  const whole = broadcast(shape(0), shape(1), shape(2))
  const [conditions, a, b] = [elements(0), elements(1), elements(2)]
  const at = (list: readonly Dim[], i: number) => list[i % list.length] ?? null
  const chosen =
    conditions &&
    a &&
    b &&
    conditions.map((condition, i) => (condition === null ? null : condition ? at(a, i) : at(b, i)))
  return [{ type: type(1) ?? type(2), shape: whole, elements: chosen }]
}

/** Infers Equal: 1 for each pair of equal elements, 0 for others. A size is never negative, nor is a symbol. */
export const equal: ShapeRule = ({ shape, elements }) => {
  const [a, b] = [elements(0), elements(1)]
  const compared = (one: Dim, other: Dim): Dim => {
    if (typeof one === 'number' && typeof other === 'number') return Number(one === other)
    return [one, other].some((dim) => typeof dim === 'number' && dim < 0) ? 0 : null
  }
  const same = a && b && a.map((dim, i) => compared(dim, b[i % b.length] ?? null))
  return [{ type: 'bool', shape: broadcast(shape(0), shape(1)), elements: same }]
}

/** Infers Cast. Whole numbers keep their value in a wide type; in a narrow one they might not. */
export const cast: ShapeRule = ({ node, shape, elements }) => {
  const type = typeOf(intAttribute(node, 'to', 0))
  return [{ type, shape: shape(0), elements: type && WIDE.has(type) ? elements(0) : undefined }]
}
const WIDE: ReadonlySet<DataType> = new Set(['int64', 'int32', 'float64', 'float32'])

export const identity: ShapeRule = ({ type, shape, elements }) => [
  { type: type(0), shape: shape(0), elements: elements(0) },
]

/** Infers Dropout. The second output, the mask, is bool; before operator set 10 it had the type of the data. */
export const dropout: ShapeRule = ({ node, opset, type, shape }) => [
  { type: type(0), shape: shape(0) },
  { type: node.domain === '' && opset < 10 ? type(0) : 'bool', shape: shape(0) },
]

/** Infers QuantizeLinear: the type is that of the zero point, or stated since operator set 21. */
export const quantizeLinear: ShapeRule = ({ node, type, shape }) => [
  { type: type(2) ?? typeOf(intAttribute(node, 'output_dtype', 0)) ?? 'uint8', shape: shape(0) },
]

/** Infers DequantizeLinear: the type is that of the scale. */
export const dequantizeLinear: ShapeRule = ({ type, shape }) => [{ type: type(1), shape: shape(0) }]
