import type { DecompositionContext } from './decomposition.js'

/** Adds the sum of the first two inputs and a bias, under the name of the fourth output if it has one. */
export function writeSum(c: DecompositionContext, bias: string | undefined): string {
  const { g, node } = c
  if ([1, 2].some(c.isRead)) c.refuse('statistics as outputs')
  const named = node.outputs[3] ? { outputs: [node.outputs[3]] } : {}
  const [x, skip] = node.inputs
  if (!bias) return g.op('Add', [x, skip], {}, named)
  return g.op('Add', [g.op('Add', [x, skip]), bias], {}, named)
}
