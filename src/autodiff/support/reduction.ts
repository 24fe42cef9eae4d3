import { intAttribute, intsAttribute } from '../../onnx/graph/graph.js'
import { reduceSum, unsqueeze } from './broadcast.js'
import { constantOf } from './constants.js'
import { type GradientContext, type GradientRule, gradientRule } from './rule.js'

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

/** The result of a reduction and its gradient, with size 1 along the axes. */
export interface Reduced {
  readonly y: string
  readonly dy: string
  readonly axes: Axes
}

/** Returns the rule of a reduction along axes. `gradient` adds the gradient of the first input. */
export const reducedRule = (
  operator: string,
  gradient: (c: GradientContext, reduced: Reduced) => string,
): GradientRule =>
  gradientRule({
    operator,
    inputs: ['data', 'axes'],
    gradient: (c) => ({
      data: () => {
        const axes = axesOf(c)
        const [y, dy] = [c.node.outputs[0]!, c.dy].map((value) => restoreAxes(c, value, axes)) as [string, string]
        return gradient(c, { y, dy, axes })
      },
    }),
  })
