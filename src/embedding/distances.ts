import type { Tensor } from '../onnx/graph/tensor.js'
import { lengthsOf, product } from '../probe/rows.js'

/** The distance between a row of one tensor and a row of another. */
export type Distance = (a: number, b: number) => number

type Vectors = Tensor<'float32'>

export const METRICS = ['cosine', 'euclidean'] as const

/** The distances between rows of two tensors [n, size] and [m, size], by name; computed in float64. */
export const distances: Readonly<Record<(typeof METRICS)[number], (a: Vectors, b: Vectors) => Distance>> = {
  cosine(a, b) {
    const [lengthsOfA, lengthsOfB] = [lengthsOf(a), lengthsOf(b)]
    const size = a.dims[1]!
    // A vector of zeros has no direction: it is as far from each as one at a right angle.
    return (i, j) => 1 - product(a.data, i * size, b.data, j * size, size) / (lengthsOfA[i]! * lengthsOfB[j]! || 1)
  },
  euclidean(a, b) {
    const size = a.dims[1]!
    return (i, j) => Math.sqrt(squaredDistance(a.data, i * size, b.data, j * size, size))
  },
}

function squaredDistance(a: Float32Array, from: number, b: Float32Array, at: number, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) {
    const difference = a[from + i]! - b[at + i]!
    sum += difference * difference
  }
  return sum
}
