import { reshapeLike } from './reshape.js'
import type { GradientContext } from './rule.js'

/** Adds dY, its axes split, in another order and joined to the shape of the forward input. */
export function moveBlocks(c: GradientContext, split: readonly number[], perm: readonly number[]): string {
  const blocks = c.g.op('Reshape', [c.dy, c.g.ints(...split)])
  return reshapeLike(c, c.g.op('Transpose', [blocks], { perm }), c.node.inputs[0]!)
}
