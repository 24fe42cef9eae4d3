import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { lengthsOf } from './distances.js'

/** Averages every `positions` values: [n, channels, positions] becomes [n, channels]. */
export function poolRows(rows: Float32Array, positions: number): Float32Array {
  if (positions === 1) return rows
  return Float32Array.from({ length: rows.length / positions }, (_, at) => {
    let sum = 0
    for (let i = at * positions; i < (at + 1) * positions; i++) sum += rows[i]!
    return sum / positions
  })
}

/** Divides each row by its Euclidean length; a row of zeros is unchanged. */
export function normalizeRows(vectors: Tensor<'float32'>): Tensor<'float32'> {
  const lengths = lengthsOf(vectors)
  const size = vectors.dims[1]!
  return float32(
    vectors.data.map((value, at) => value / (lengths[Math.floor(at / size)]! || 1)),
    vectors.dims,
  )
}
