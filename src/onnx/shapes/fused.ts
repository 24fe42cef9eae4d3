import { intAttribute, intsAttribute, MS, operatorOf } from '../graph/graph.js'
import { conv } from './convolution.js'
import { like } from './elementwise.js'
import { gemm } from './reduction.js'
import type { Known, ShapeRule } from './rule.js'

/** Infers Attention of the standard, of queries, keys and values by heads or, in three axes, beside each other. */
const attention: ShapeRule = ({ node, type, shape }) => {
  const [query, value] = [shape(0), shape(2)]
  if (!query || !value) return [{ type: type(0) }]
  const width = value.at(-1)!
  if (query.length === 4) return [{ type: type(0), shape: [...query.slice(0, 3), width] }]
  const [heads, groups] = [intAttribute(node, 'q_num_heads', 1), intAttribute(node, 'kv_num_heads', 1)]
  return [{ type: type(0), shape: [...query.slice(0, 2), typeof width === 'number' ? (width / groups) * heads : null] }]
}

/** Infers Attention of com.microsoft, whose weight [width, 3 * width] makes queries, keys and values. */
const packedAttention: ShapeRule = ({ node, type, shape }) => {
  const [x, weight] = [shape(0), shape(1)]
  if (!x) return [{ type: type(0) }]
  const packed = weight?.[1]
  const width = intsAttribute(node, 'qkv_hidden_sizes')?.[2] ?? (typeof packed === 'number' ? packed / 3 : null)
  return [{ type: type(0), shape: [...x.slice(0, 2), width] }]
}

/** Infers MultiHeadAttention of queries, keys and values in three axes. */
const multiHeadAttention: ShapeRule = ({ type, shape }) => {
  const [query, value] = [shape(0), shape(2)]
  const isPlain = query?.length === 3 && value?.length === 3
  return [{ type: type(0), shape: isPlain ? [query[0]!, query[1]!, value[2]!] : undefined }]
}

/** Infers a normalization of a sum: the result, two statistics that only training has, the sum. */
const skipNorm: ShapeRule = ({ type, shape }) => {
  const whole: Known = { type: type(0), shape: shape(0) }
  return [whole, {}, {}, whole]
}

/** The rules of operators that stand for several of the standard, by the names that `operatorOf` makes. */
const fusedRules: Readonly<Record<string, ShapeRule>> = {
  Attention: attention,
  LpNormalization: like(0),
  MeanVarianceNormalization: like(0),
  RMSNormalization: like(0),
  RotaryEmbedding: like(0),
  Swish: like(0),
  [`${MS}:Attention`]: packedAttention,
  [`${MS}:FusedConv`]: conv,
  [`${MS}:FusedGemm`]: gemm,
  [`${MS}:MultiHeadAttention`]: multiHeadAttention,
  [`${MS}:QuickGelu`]: like(0),
  [`${MS}:RotaryEmbedding`]: like(0),
  [`${MS}:SkipLayerNormalization`]: skipNorm,
  [`${MS}:SkipSimplifiedLayerNormalization`]: skipNorm,
}

export const fusedRuleOf = (node: Parameters<typeof operatorOf>[0]): ShapeRule | undefined =>
  Object.hasOwn(fusedRules, operatorOf(node)) ? fusedRules[operatorOf(node)] : undefined
