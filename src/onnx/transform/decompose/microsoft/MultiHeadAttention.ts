import { floatAttribute, intAttribute, MS } from '../../../graph/graph.js'
import { asRows, attend, byHeads, causalTerm } from '../support/attention.js'
import { type Decomposition, type DecompositionContext, inputOf, sizeAt } from '../support/decomposition.js'
import { keyMaskTerm } from '../support/keyMask.js'

/** Attention of ONNX Runtime with queries, keys and values of their own, in rows. Without caches. */
export const MultiHeadAttention: Decomposition = {
  operator: `${MS}:MultiHeadAttention`,
  write(c) {
    const { node } = c
    const [query, key, value] = [0, 1, 2].map((place) => inputOf(c, place))
    if (!query || !key || !value) return c.refuse('queries, keys and values in one input')
    if ([query, key, value].some((part) => c.shape(part).length !== 3)) c.refuse('keys by heads')
    if ([6, 7, 8, 9].some((place) => inputOf(c, place)) || [1, 2, 3].some(c.isRead)) c.refuse('past keys and values')
    const heads = intAttribute(node, 'num_heads', 1)
    const terms = [keyMaskTerm(c, inputOf(c, 4), key), inputOf(c, 5)].filter((term) => term !== undefined)
    if (intAttribute(node, 'unidirectional', 0)) terms.push(causalTerm(c, query, key))
    const scale = floatAttribute(node, 'scale', 0) || 1 / Math.sqrt(sizeAt(c, query, 2) / heads)
    const [q, k, v] = shifted(c, [query, key, value]).map((rows) => byHeads(c, rows, heads))
    asRows(c, attend(c, { query: q!, key: k!, value: v!, scale, terms }))
  },
}

/** Adds to each part its section of the bias. */
function shifted(c: DecompositionContext, parts: readonly string[]): readonly string[] {
  const bias = inputOf(c, 3)
  if (!bias) return parts
  let end = 0
  return parts.map((part) => {
    const from = end
    end += sizeAt(c, part, 2)
    return c.g.op('Add', [part, c.g.op('Slice', [bias, c.g.ints(from), c.g.ints(end), c.g.ints(0)])])
  })
}
