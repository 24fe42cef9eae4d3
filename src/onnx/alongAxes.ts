import type { GraphBuilder } from './builder.js'
import type { AxisMatrix } from './graph/interpolation.js'
import { float32 } from './graph/tensor.js'

/** Adds A X along each of the axes of X, or A^T Y along those of Y. */
export function alongAxes(
  g: GraphBuilder,
  { value, rank, isTransposed }: { value: string; rank: number; isTransposed: boolean },
  matrices: readonly AxisMatrix[],
): string {
  const last = rank - 1
  return matrices.reduce((x, matrix) => {
    const { axis } = matrix
    const fromRight = () => constantOf(g, matrix, !isTransposed)
    if (axis === last) return g.op('MatMul', [x, fromRight()])
    if (axis === last - 1) return g.op('MatMul', [constantOf(g, matrix, isTransposed), x])
    const perm = Array.from({ length: rank }, (_, i) => i)
      .with(axis, last)
      .with(last, axis)
    const product = g.op('MatMul', [g.op('Transpose', [x], { perm }), fromRight()])
    return g.op('Transpose', [product], { perm })
  }, value)
}

function constantOf(g: GraphBuilder, { from, to, row }: AxisMatrix, isTransposed: boolean): string {
  const matrix = new Float32Array(to * from)
  const placeOf = (i: number, place: number) => (isTransposed ? place * to + i : i * from + place)
  for (let i = 0; i < to; i++) for (const [place, weight] of row(i)) matrix[placeOf(i, place)]! += weight
  return g.constant(float32(matrix, isTransposed ? [from, to] : [to, from]))
}
