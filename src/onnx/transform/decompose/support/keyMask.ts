import { floatAttribute } from '../../../graph/graph.js'
import { CAST_TO } from '../../../graph/tensor.js'
import type { DecompositionContext } from './decomposition.js'

/**
 * Adds a mask of ONNX Runtime as a term: int32 [N, keys], or [N, queries, keys], 1 for a key that takes part. Others,
 * which count keys, are refused.
 */
export function keyMaskTerm(c: DecompositionContext, mask: string | undefined, keys: string): string | undefined {
  if (!mask) return undefined
  const { g } = c
  const shape = c.shape(mask)
  const tokens = c.shape(keys).at(-2)
  if (![2, 3].includes(shape.length) || shape.at(-1) !== tokens) return c.refuse('a mask that counts keys')
  const places = shape.length === 2 ? [0, 1, 1, -1] : [0, 1, -1, Number(tokens)]
  const floats = g.op('Cast', [mask], { to: CAST_TO.float32 })
  const out = g.op('Sub', [g.scalar(1), g.op('Reshape', [floats, g.ints(...places)])])
  return g.op('Mul', [out, g.scalar(floatAttribute(c.node, 'mask_filter_value', -10000))])
}
