import type { DecompositionContext } from './decomposition.js'

/** Adds a reduction along axes, which stay with size 1. They became an input in operator set 18. */
export const reduceKept = (
  { g, opset }: DecompositionContext,
  operator: string,
  x: string,
  axes: readonly number[],
): string =>
  opset >= 18 ? g.op(operator, [x, g.ints(...axes)], { keepdims: 1 }) : g.op(operator, [x], { axes, keepdims: 1 })
