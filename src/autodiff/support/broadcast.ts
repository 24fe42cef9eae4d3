import type { Shape } from '../../onnx/graph/graph.js'
import { reduceAxes } from '../../onnx/reduceAxes.js'
import { reshapeLike } from './reshape.js'
import type { GradientContext } from './rule.js'

/** Returns the gradient of an input of a broadcasting operator from a gradient in the shape of its output. */
export function sumToInput(c: GradientContext, gradient: string, input: string): string {
  return sumTo(c, gradient, c.shape(c.node.outputs[0]!), c.shape(input), input)
}

/**
 * Sums `gradient`, of shape `from`, over the axes along which a value of shape `to` was repeated. `like` is a value of
 * that shape.
 */
export function sumTo(c: GradientContext, gradient: string, from: Shape, to: Shape, like: string): string {
  const missing = from.length - to.length
  const repeated = from.flatMap((dim, axis) =>
    axis < missing || (to[axis - missing] === 1 && dim !== 1) ? [axis] : [],
  )
  if (!repeated.length) return gradient
  if (repeated.length === missing) return reduceSum(c, gradient, repeated, false)
  const sum = reduceSum(c, gradient, repeated, true)
  return missing ? reshapeLike(c, sum, like) : sum
}

/** Appends the sum along axes. */
export const reduceSum = (c: GradientContext, value: string, axes: readonly number[], keepdims: boolean): string =>
  reduceAxes(c.g, 'ReduceSum', value, axes, keepdims ? 1 : 0)

/** Appends Unsqueeze, whose axes became an input in operator set 13. */
export function unsqueeze(c: GradientContext, value: string, axes: readonly number[]): string {
  return c.opset >= 13 ? c.g.op('Unsqueeze', [value, c.g.ints(...axes)]) : c.g.op('Unsqueeze', [value], { axes })
}

/** Returns the shape of two broadcast values. A symbol against 1 stays the symbol. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const aligned = (shape: Shape) => [...Array<number>(rank - shape.length).fill(1), ...shape]
  const [left, right] = [aligned(a), aligned(b)]
  return left.map((dim, axis) => (dim === 1 ? right[axis]! : dim))
}
