import { floatAttribute, intAttribute } from '../../graph/graph.js'
import { CAST_TO, int64 } from '../../graph/tensor.js'
import { type AttentionParts, asRows, attend, byHeads, causalTerm, LOWEST } from './support/attention.js'
import { type Decomposition, type DecompositionContext, inputOf, sizeAt } from './support/decomposition.js'

/** Attention of the standard, since operator set 23: without caches. Several heads of queries may share one of keys. */
export const Attention: Decomposition = {
  operator: 'Attention',
  write(c) {
    const [query, key, value] = c.node.inputs as [string, string, string]
    if (inputOf(c, 4) || inputOf(c, 5)) c.refuse('past keys and values')
    if (inputOf(c, 6)) c.refuse('numbers of tokens')
    if ([1, 2, 3].some(c.isRead)) c.refuse('more outputs than the first')
    const rank = c.shape(query).length
    const heads = rank === 4 ? sizeAt(c, query, 1) : intAttribute(c.node, 'q_num_heads', 0)
    const groups = rank === 4 ? sizeAt(c, key, 1) : intAttribute(c.node, 'kv_num_heads', 0)
    if (!heads || !groups || heads % groups) c.refuse(`${heads} heads of queries and ${groups} of keys`)
    const split = (rows: string, count: number) => (rank === 4 ? rows : byHeads(c, rows, count))
    const shared = (parts: string) => (heads === groups ? parts : repeated(c, parts, heads, groups))
    const size = sizeAt(c, query, -1) / (rank === 4 ? 1 : heads)
    const parts: AttentionParts = {
      query: split(query, heads),
      key: shared(split(key, groups)),
      value: shared(split(value, groups)),
      scale: floatAttribute(c.node, 'scale', 1 / Math.sqrt(size)),
      softcap: floatAttribute(c.node, 'softcap', 0),
      terms: [...maskTerm(c), ...(intAttribute(c.node, 'is_causal', 0) ? [causalTerm(c, query, key)] : [])],
    }
    const mixed = attend(c, parts)
    if (rank === 4) c.g.op('Identity', [mixed], {}, { outputs: [c.node.outputs[0]!] })
    else asRows(c, mixed)
  },
}

/** Adds a mask as a term: a float one is that already, a bool one is true for what takes part. */
function maskTerm(c: DecompositionContext): string[] {
  const mask = inputOf(c, 3)
  if (!mask) return []
  if (c.typeOf(mask) !== 'bool') return [mask]
  const out = c.g.op('Cast', [c.g.op('Not', [mask])], { to: CAST_TO.float32 })
  return [c.g.op('Mul', [out, c.g.scalar(LOWEST)])]
}

/** Adds each head of keys or values as often as heads of queries share it, next to each other. */
function repeated({ g }: DecompositionContext, parts: string, heads: number, groups: number): string {
  const places = Array.from({ length: heads }, (_, head) => Math.floor((head * groups) / heads))
  return g.op('Gather', [parts, g.constant(int64(places))], { axis: 1 })
}
