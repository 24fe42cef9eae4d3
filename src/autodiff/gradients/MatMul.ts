import type { Shape } from '../../onnx/graph/graph.js'
import { broadcastShapes, sumTo, unsqueeze } from '../support/broadcast.js'
import { reshapeLike } from '../support/reshape.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/**
 * The gradient of MatMul, Y = A B, batched and broadcast as in numpy.matmul: dA = dY transpose(B), dB = transpose(A)
 * dY.
 */
export const MatMul = gradientRule({
  operator: 'MatMul',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = [factor(c, 0, -2), factor(c, 1, -1)]
    const missing = [a, b].flatMap((side) => (side.vector ? [side.vector] : []))
    const dy = missing.length ? unsqueeze(c, c.dy, missing) : c.dy
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
    const put = (gradient: string, side: Factor) => {
      const sum = sumTo(c, gradient, [...batch, ...side.shape.slice(-2)], side.shape, side.input)
      return side.vector ? reshapeLike(c, sum, side.input) : sum
    }
    return {
      A: () => put(c.g.op('MatMul', [dy, transpose(c, b)]), a),
      B: () => (isWeight(a, b) ? weightGradient(c, a, b) : put(c.g.op('MatMul', [transpose(c, a), dy]), b)),
    }
  },
})

/**
 * An input as a matrix or a batch of matrices. A vector is a row (A) or a column (B); `vector` is the axis that it
 * lacks.
 */
interface Factor {
  readonly input: string
  readonly value: string
  readonly shape: Shape
  readonly vector: number | undefined
}

function factor(c: GradientContext, index: number, axis: number): Factor {
  const input = c.node.inputs[index]!
  const shape = c.shape(input)
  if (shape.length > 1) return { input, value: input, shape, vector: undefined }
  const matrix = axis === -2 ? [1, ...shape] : [...shape, 1]
  return { input, value: unsqueeze(c, input, [axis]), shape: matrix, vector: axis }
}

/** Tells whether B is a single matrix, of known size, that is used by a whole batch: a linear layer on sequences. */
const isWeight = (a: Factor, b: Factor): boolean =>
  a.shape.length > 2 && b.shape.length === 2 && !b.vector && b.shape.every((dim) => typeof dim === 'number')

/** Computes the gradient of a weight for all batch entries in one product, which sums over them as well. */
function weightGradient(c: GradientContext, a: Factor, b: Factor): string {
  const flat = (value: string, width: number) => c.g.op('Reshape', [value, c.g.ints(-1, width)])
  const [inner, columns] = b.shape as [number, number]
  return c.g.op('Gemm', [flat(a.value, inner), flat(c.dy, columns)], { transA: 1 })
}

function transpose(c: GradientContext, { value, shape }: Factor): string {
  const axes = shape.map((_, axis) => axis)
  return c.g.op('Transpose', [value], { perm: [...axes.slice(0, -2), axes.length - 1, axes.length - 2] })
}
