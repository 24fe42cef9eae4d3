import type { GradientContext } from './rule.js'

/** Returns the elements of a value that is a constant of the graph. */
export function constantOf(c: GradientContext, value: string | undefined): readonly number[] | undefined {
  const tensor = c.g.graph.initializers.get(value ?? '')
  return tensor && Array.from(tensor.data as ArrayLike<unknown>, Number)
}
