import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { toFloat32 } from '../weights/toFloat32.js'

/** Keys' parameter of cubic convolution in PyTorch. */
const A = -0.75

/** The number by which DINOv2's authors enlarge the new side in the scale. */
const OFFSET = 0.1

/**
 * Resizes the learned positions of a vision transformer, [1, 1 + side^2, width], to another number of patches a side, as
 * DINOv2's `interpolate_pos_encoding` does: bicubic, not antialiased, the scale computed from `side + 0.1`. Positions of
 * that number, or of no square, are returned as they are.
 */
export function resizePositions(positions: Tensor, side: number): Tensor {
  const [, tokens = 0, width = 0] = positions.dims
  const old = Math.round(Math.sqrt(tokens - 1))
  if (old === side || old < 1 || old ** 2 + 1 !== tokens) return positions
  const { data } = toFloat32(positions)
  const [table, weights] = [data.subarray(width), tapsOf(old, side)]
  const result = new Float32Array((side ** 2 + 1) * width)
  result.set(data.subarray(0, width))
  for (const [y, rows] of weights.entries())
    for (const [x, columns] of weights.entries()) {
      const at = (1 + y * side + x) * width
      for (const [row, down] of rows)
        for (const [column, across] of columns)
          for (let i = 0; i < width; i++) result[at + i]! += down * across * table[(row * old + column) * width + i]!
    }
  return float32(result, [1, side ** 2 + 1, width])
}

/** Returns the places that each new place is computed from, with their weights; those outside are on the edge. */
function tapsOf(old: number, side: number): [place: number, weight: number][][] {
  return Array.from({ length: side }, (_, i) => {
    const centre = ((i + 0.5) * old) / (side + OFFSET) - 0.5
    const first = Math.floor(centre) - 1
    return [0, 1, 2, 3].map((tap) => {
      const place = Math.min(Math.max(first + tap, 0), old - 1)
      return [place, cubic(Math.abs(centre - first - tap))]
    })
  })
}

/** Returns the weight of a place at a distance (Keys 1981). */
function cubic(x: number): number {
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1
  return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0
}
