import { intAttribute } from '../../../graph/graph.js'
import { type DecompositionContext, sizeAt } from './decomposition.js'

interface Angles {
  /** The cosines and sines of each token, [N or 1, tokens, half]. */
  readonly cos: string
  readonly sin: string
  /** The number of pairs that are rotated. */
  readonly half: number
}

/**
 * Adds the rotation of pairs of elements of x by the angles of their token, under the name of the result: Su et al.
 * 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding", section 3.2.2. x is [N, heads, tokens, size],
 * or [N, tokens, heads * size]. The rest of each head, behind the pairs, stays.
 */
export function writeRotation(c: DecompositionContext, x: string, { cos, sin, half }: Angles): void {
  const { g, node, opset } = c
  if (opset < 13) c.refuse(`operator set ${opset}`)
  const rank = c.shape(x).length
  if (rank !== 3 && rank !== 4) c.refuse(`${rank} axes`)
  const isRows = rank === 3
  const heads = isRows ? headsOf(c, x, half) : 0
  const size = isRows ? sizeAt(c, x, -1) / heads : sizeAt(c, x, -1)
  if (!Number.isInteger(size) || size < 2 * half) c.refuse(`${2 * half} angles in heads of ${size}`)
  const parts = isRows ? g.op('Reshape', [x, g.ints(0, 0, heads, size)]) : x
  const [head, rest] = split(c, parts, [2 * half, size - 2 * half])
  const broadcast = (table: string) => g.op('Unsqueeze', [table, g.ints(isRows ? 2 : 1)])
  const turned = rotated(c, head!, { cos: broadcast(cos), sin: broadcast(sin), half })
  const whole = rest ? g.op('Concat', [turned, rest], { axis: -1 }) : turned
  const named = { outputs: [node.outputs[0]!] }
  if (isRows) g.op('Reshape', [whole, g.ints(0, 0, heads * size)], {}, named)
  else g.op('Identity', [whole], {}, named)
}

/** Returns the number of heads of rows. Those that are rotated as a whole have the width of the angles. */
function headsOf(c: DecompositionContext, x: string, half: number): number {
  const heads = intAttribute(c.node, 'num_heads', 0)
  if (heads) return heads
  if (intAttribute(c.node, 'rotary_embedding_dim', 0)) c.refuse('an unknown number of heads')
  return sizeAt(c, x, -1) / (2 * half)
}

/** Adds the rotation of pairs, which are neighbours, or an element of the first half and one of the second. */
function rotated(c: DecompositionContext, x: string, { cos, sin, half }: Angles): string {
  const { g } = c
  const isInterleaved = intAttribute(c.node, 'interleaved', 0) === 1
  const pairs = isInterleaved ? g.op('Reshape', [x, g.ints(0, 0, 0, half, 2)]) : x
  const parts = split(c, pairs, isInterleaved ? [1, 1] : [half, half])
  const [real, imaginary] = parts.map((part) => (isInterleaved ? g.op('Squeeze', [part, g.ints(-1)]) : part))
  const product = (a: string | undefined, b: string) => g.op('Mul', [a, b])
  const both = [
    g.op('Sub', [product(real, cos), product(imaginary, sin)]),
    g.op('Add', [product(real, sin), product(imaginary, cos)]),
  ]
  if (!isInterleaved) return g.op('Concat', both, { axis: -1 })
  const joined = both.map((part) => g.op('Unsqueeze', [part, g.ints(-1)]))
  return g.op('Reshape', [g.op('Concat', joined, { axis: -1 }), g.ints(0, 0, 0, 2 * half)])
}

/** Adds the division of the last axis. A second part of size 0 is none. */
function split({ g }: DecompositionContext, x: string, sizes: readonly [number, number]): readonly string[] {
  return sizes[1] === 0 ? [x] : g.ops('Split', [x, g.ints(...sizes)], { axis: -1 }, { outputs: 2 })
}
