import { intAttribute } from '../graph.js'
import type { DataType } from '../tensor.js'
import { typeOf } from '../tensorProto.js'
import { broadcast } from './dims.js'
import type { ShapeRule } from './rule.js'

/** One output with the type and shape of input `index`. */
export const like =
  (index: number): ShapeRule =>
  ({ type, shape }) => [{ type: type(index), shape: shape(index) }]

/** One output with the broadcast shape of all inputs; the type of the first unless given. */
export const broadcasting =
  (result?: DataType): ShapeRule =>
  ({ node, type, shape }) => [
    { type: result ?? type(0), shape: broadcast(...node.inputs.map((_, index) => shape(index))) },
  ]

/** Arithmetic, which shapes are computed with as well. */
export const arithmetic =
  (apply: (a: number, b: number) => number): ShapeRule =>
  ({ type, shape, numbers }) => {
    const [a, b] = [numbers(0), numbers(1)]
    const whole = broadcast(shape(0), shape(1))
    const size = a && b && Math.max(a.length, b.length)
    const elements =
      a && b && size !== undefined && size <= 8 && type(0) === 'int64'
        ? Array.from({ length: size }, (_, i) => Math.trunc(apply(a[i % a.length]!, b[i % b.length]!)))
        : undefined
    return [{ type: type(0), shape: whole, elements }]
  }

export const where: ShapeRule = ({ type, shape }) => [
  { type: type(1) ?? type(2), shape: broadcast(shape(0), shape(1), shape(2)) },
]

export const cast: ShapeRule = ({ node, shape, elements }) => [
  { type: typeOf(intAttribute(node, 'to', 0)), shape: shape(0), elements: elements(0) },
]

export const identity: ShapeRule = ({ type, shape, elements }) => [
  { type: type(0), shape: shape(0), elements: elements(0) },
]

/** A second output, the mask, is bool. */
export const dropout: ShapeRule = ({ type, shape }) => [
  { type: type(0), shape: shape(0) },
  { type: 'bool', shape: shape(0) },
]
