import { intAttribute, intsAttribute } from '../../onnx/graph/graph.js'
import { reduceSum, unsqueeze } from './broadcast.js'
import { constantOf } from './constants.js'
import type { GradientContext } from './rule.js'

/** The axes of a reduction: numbers, the name of the value that holds them, or all of them. */
export type Axes = readonly number[] | string | 'all'

/** Returns the axes of a Reduce operator: an attribute, or an input in newer operator sets. */
export function axesOf(c: GradientContext): Axes {
  const input = c.node.inputs[1]
  const axes = intsAttribute(c.node, 'axes') ?? constantOf(c, input) ?? input
  if (axes && axes.length > 0) return axes
  return intAttribute(c.node, 'noop_with_empty_axes', 0) === 1 ? [] : 'all'
}

/** Returns a value of the shape of the reduced one, with the axes that are gone back in it, each of size 1. */
export function restoreAxes(c: GradientContext, value: string, axes: Axes): string {
  const isKept = intAttribute(c.node, 'keepdims', 1) === 1
  // A scalar is broadcast to any shape.
  if (isKept || axes === 'all' || axes.length === 0) return value
  return typeof axes === 'string' ? c.g.op('Unsqueeze', [value, axes]) : unsqueeze(c, value, axes)
}

/** Adds the sum over the axes, which stay with size 1. */
export function sumKept(c: GradientContext, value: string, axes: Axes): string {
  if (axes === 'all') return c.g.op('ReduceSum', [value], { keepdims: 1 })
  if (axes.length === 0) return value
  return typeof axes === 'string'
    ? c.g.op('ReduceSum', [value, axes], { keepdims: 1 })
    : reduceSum(c, value, axes, true)
}

/** Adds the mean over the axes, which stay with size 1. They became an input of ReduceMean in operator set 18. */
export const meanKept = (c: GradientContext, value: string, axes: readonly number[]): string =>
  c.opset >= 18
    ? c.g.op('ReduceMean', [value, c.g.ints(...axes)], { keepdims: 1 })
    : c.g.op('ReduceMean', [value], { axes, keepdims: 1 })
