import { float32 } from '../../onnx/graph/tensor.js'
import type { GradientContext } from './rule.js'

/** The elements that an element of a result is a sum of, with their weights. */
export type Weights = readonly (readonly [place: number, weight: number])[]

/** An axis along which an operator computes Y = A X, by a matrix A of [to, from]. */
export interface AxisMatrix {
  readonly axis: number
  readonly from: number
  readonly to: number
  /** Returns row i of A. */
  readonly row: (i: number) => Weights
}

/** Adds A^T dY along each of the axes: the gradient of an operator that multiplies by a matrix along each. */
export function throughMatrices(c: GradientContext, matrices: readonly AxisMatrix[]): string {
  const rank = c.shape(c.node.inputs[0]!).length
  const last = rank - 1
  return matrices.reduce((dx, each) => {
    const matrix = matrixOf(c, each)
    if (each.axis === last) return c.g.op('MatMul', [dx, matrix])
    if (each.axis === last - 1) return c.g.op('MatMul', [c.g.op('Transpose', [matrix], { perm: [1, 0] }), dx])
    const perm = Array.from({ length: rank }, (_, axis) => axis)
      .with(each.axis, last)
      .with(last, each.axis)
    const product = c.g.op('MatMul', [c.g.op('Transpose', [dx], { perm }), matrix])
    return c.g.op('Transpose', [product], { perm })
  }, c.dy)
}

function matrixOf(c: GradientContext, { from, to, row }: AxisMatrix): string {
  const matrix = new Float32Array(to * from)
  for (let i = 0; i < to; i++) for (const [place, weight] of row(i)) matrix[i * from + place]! += weight
  return c.g.constant(float32(matrix, [to, from]))
}
