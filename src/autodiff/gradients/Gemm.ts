import { floatAttribute, intAttribute } from '../../onnx/graph/graph.js'
import { sumToInput } from '../support/broadcast.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of Gemm, Y = alpha A' B' + beta C, where A' and B' are A and B, transposed or not. */
export const Gemm = gradientRule({
  operator: 'Gemm',
  inputs: ['A', 'B', 'C'],
  gradient: (c) => ({
    A: () => gradientOfA(c),
    B: () => gradientOfB(c),
    C: () => gradientOfC(c, c.node.inputs[2]!),
  }),
})

/** Returns the gradient of A, from dA' = alpha dY transpose(B'). */
function gradientOfA(c: GradientContext): string {
  const b = c.node.inputs[1]!
  const [transA, transB] = transposed(c)
  return transA ? product(c, b, c.dy, transB, 1) : product(c, c.dy, b, 0, 1 - transB)
}

/** Returns the gradient of B, from dB' = alpha transpose(A') dY. */
function gradientOfB(c: GradientContext): string {
  const a = c.node.inputs[0]!
  const [transA, transB] = transposed(c)
  return transB ? product(c, c.dy, a, 1, transA) : product(c, a, c.dy, 1 - transA, 0)
}

/** Returns dC = beta dY, summed over the broadcast axes. */
function gradientOfC(c: GradientContext, bias: string): string {
  const sum = sumToInput(c, c.dy, bias)
  const beta = floatAttribute(c.node, 'beta', 1)
  return beta === 1 ? sum : c.g.op('Mul', [sum, c.g.scalar(beta)])
}

function product(c: GradientContext, a: string, b: string, transA: number, transB: number): string {
  return c.g.op('Gemm', [a, b], { alpha: floatAttribute(c.node, 'alpha', 1), transA, transB })
}

const transposed = (c: GradientContext): [number, number] => [
  intAttribute(c.node, 'transA', 0),
  intAttribute(c.node, 'transB', 0),
]
