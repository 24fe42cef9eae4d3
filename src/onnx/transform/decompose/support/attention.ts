import { float32 } from '../../../graph/tensor.js'
import { type DecompositionContext, sizeAt } from './decomposition.js'

/** The smallest float32: a softmax makes 0 of it, and 0 times it is 0. */
export const LOWEST = -3.4028234663852886e38

export interface AttentionParts {
  /** The queries, keys and values, [N, heads, tokens, size]. */
  readonly query: string
  readonly key: string
  readonly value: string
  readonly scale: number
  /** The bound of the scores, by a tanh. Default: none. */
  readonly softcap?: number
  /** Terms that are added to the scores, and broadcast to [N, heads, tokens, tokens]. */
  readonly terms: readonly string[]
}

/** Adds softmax(scale query key^T + terms) value: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.1. */
export function attend({ g }: DecompositionContext, parts: AttentionParts): string {
  const { query, key, value, scale, softcap = 0, terms } = parts
  const scaled = g.op('Mul', [query, g.scalar(scale)])
  const scores = g.op('MatMul', [scaled, g.op('Transpose', [key], { perm: [0, 1, 3, 2] })])
  const capped = softcap > 0 ? cap({ g }, scores, softcap) : scores
  const masked = terms.reduce((sum, term) => g.op('Add', [sum, term]), capped)
  return g.op('MatMul', [g.op('Softmax', [masked], { axis: -1 }), value])
}

const cap = ({ g }: Pick<DecompositionContext, 'g'>, scores: string, bound: number): string =>
  g.op('Mul', [g.op('Tanh', [g.op('Mul', [scores, g.scalar(1 / bound)])]), g.scalar(bound)])

/** Adds the division of rows [N, tokens, heads * size] into heads, [N, heads, tokens, size]. */
export const byHeads = ({ g }: DecompositionContext, rows: string, heads: number): string =>
  g.op('Transpose', [g.op('Reshape', [rows, g.ints(0, 0, heads, -1)])], { perm: [0, 2, 1, 3] })

/** Adds the rows of heads, under the name of the result. */
export function asRows({ g, node }: DecompositionContext, heads: string): void {
  const turned = g.op('Transpose', [heads], { perm: [0, 2, 1, 3] })
  g.op('Reshape', [turned, g.ints(0, 0, -1)], {}, { outputs: [node.outputs[0]!] })
}

/** Adds the term by which a token attends to itself and the tokens before it. */
export function causalTerm(c: DecompositionContext, query: string, key: string): string {
  const [rows, columns] = [sizeAt(c, query, -2), sizeAt(c, key, -2)]
  const mask = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % columns > Math.floor(i / columns) ? LOWEST : 0,
  )
  return c.g.constant(float32(mask, [rows, columns]))
}
