import { float32, type Tensor } from '../onnx/graph/tensor.js'

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

/** Computes the Euclidean length of each row. */
export function lengthsOf({ data, dims }: Tensor<'float32'>): Float64Array {
  const [rows = 0, size = 0] = dims
  return Float64Array.from({ length: rows }, (_, row) => Math.sqrt(product(data, row * size, data, row * size, size)))
}

/** Computes the product of two rows that begin at these places. */
export function product(a: Float32Array, from: number, b: Float32Array, at: number, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) sum += a[from + i]! * b[at + i]!
  return sum
}
