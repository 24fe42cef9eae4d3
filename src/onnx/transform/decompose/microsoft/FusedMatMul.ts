import { floatAttribute, intAttribute, MS } from '../../../graph/graph.js'
import type { Decomposition, DecompositionContext } from '../support/decomposition.js'

/** A product of matrices, transposed or not, times a factor. */
export const FusedMatMul: Decomposition = {
  operator: `${MS}:FusedMatMul`,
  write(c) {
    const { g, node } = c
    const sides = ['A', 'B'].map((side, i) => turned(c, node.inputs[i]!, side))
    const alpha = floatAttribute(node, 'alpha', 1)
    const named = { outputs: [node.outputs[0]!] }
    if (alpha === 1) g.op('MatMul', sides, {}, named)
    else g.op('Mul', [g.op('MatMul', sides), g.scalar(alpha)], {}, named)
  },
}

function turned(c: DecompositionContext, value: string, side: string): string {
  if (intAttribute(c.node, `transBatch${side}`, 0)) c.refuse(`transBatch${side}`)
  if (!intAttribute(c.node, `trans${side}`, 0)) return value
  const rank = c.shape(value).length
  const perm = Array.from({ length: rank }, (_, axis) => axis)
  // A vector stays what it is.
  if (rank < 2) return value
  return c.g.op('Transpose', [value], { perm: [...perm.slice(0, -2), rank - 1, rank - 2] })
}
