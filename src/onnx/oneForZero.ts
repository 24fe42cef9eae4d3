import type { GraphBuilder } from './builder.js'
import { CAST_TO } from './graph/tensor.js'

/** Adds a divisor: the float32 value, but 1 where it is 0. */
export function oneForZero(g: GraphBuilder, value: string): string {
  return g.op('Add', [value, g.op('Cast', [g.op('Equal', [value, g.scalar(0)])], { to: CAST_TO.float32 })])
}
