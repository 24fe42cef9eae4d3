import { floatAttribute, intAttribute, intsAttribute, MS } from '../../../graph/graph.js'
import { asRows, attend, byHeads, causalTerm } from '../support/attention.js'
import { type Decomposition, type DecompositionContext, inputOf, sizeAt } from '../support/decomposition.js'
import { keyMaskTerm } from '../support/keyMask.js'

/** Attention of ONNX Runtime: one weight makes queries, keys and values of the same rows. Without caches. */
export const Attention: Decomposition = {
  operator: `${MS}:Attention`,
  write(c) {
    const { node } = c
    const [x] = node.inputs as [string]
    if (inputOf(c, 4) || inputOf(c, 6) || c.isRead(1)) c.refuse('past keys and values')
    if (intAttribute(node, 'do_rotary', 0)) c.refuse('rotary positions')
    const heads = intAttribute(node, 'num_heads', 1)
    const sizes = partSizes(c)
    const [query, key, value] = projected(c, sizes).map((rows) => byHeads(c, rows, heads)) as [string, string, string]
    const terms = [keyMaskTerm(c, inputOf(c, 3), x), inputOf(c, 5)].filter((term) => term !== undefined)
    if (intAttribute(node, 'unidirectional', 0)) terms.push(causalTerm(c, x, x))
    const scale = floatAttribute(node, 'scale', 0) || 1 / Math.sqrt(sizes[0]! / heads)
    asRows(c, attend(c, { query, key, value, scale, terms }))
  },
}

/** Returns the widths of queries, keys and values. */
function partSizes(c: DecompositionContext): readonly number[] {
  const width = sizeAt(c, c.node.inputs[1]!, 1) / 3
  return intsAttribute(c.node, 'qkv_hidden_sizes') ?? [width, width, width]
}

/** Adds the product with the weight, and its parts. */
function projected(c: DecompositionContext, sizes: readonly number[]): string[] {
  const { g, node } = c
  const product = g.op('MatMul', [node.inputs[0], node.inputs[1]])
  const bias = inputOf(c, 2)
  const rows = bias ? g.op('Add', [product, bias]) : product
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0))
  return sizes.map((size, i) => g.op('Slice', [rows, g.ints(ends[i]! - size), g.ints(ends[i]!), g.ints(2)]))
}
