import type { GraphBuilder } from './builder.js'

/** Adds a reduction along axes, which became an input of ReduceSum in operator set 13, of the others in 18. */
export function reduceAxes(
  g: GraphBuilder,
  operator: string,
  value: string,
  axes: readonly number[],
  keepdims: 0 | 1,
): string {
  const since = operator === 'ReduceSum' ? 13 : 18
  return (g.graph.opsets.get('') ?? 1) >= since
    ? g.op(operator, [value, g.ints(...axes)], { keepdims })
    : g.op(operator, [value], { axes, keepdims })
}
