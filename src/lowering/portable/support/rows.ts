import { float32, sizeOf } from '../../../onnx/graph/tensor.js'
import type { LoweringContext } from './lowering.js'

/** The number of rows from which their sum is worth a product. */
const LEAST_ROWS = 64
/** The most parts of the rows that are summed beside each other. */
const MOST_PARTS = 16

/**
 * Adds the sum over the first `axes` axes of x: of a matrix, over its rows. ONNX Runtime reduces these on one thread,
 * with two and more in three times the time, as the rows are in the caches of both. A product with ones, in parts of the
 * rows, is computed by all. Undefined where that form does not pay or does not suit the target.
 */
export function sumOfRows(
  c: LoweringContext,
  x: string,
  sizes: readonly number[],
  axes: number,
  output?: string,
): string | undefined {
  const { g } = c
  const [rows, columns] = [sizeOf(sizes.slice(0, axes)), sizeOf(sizes.slice(axes))]
  if (c.strategies.sums !== 'at once' || axes === 0 || axes === sizes.length || rows < LEAST_ROWS) return undefined
  const parts = largestDivisor(rows, MOST_PARTS)
  const length = rows / parts
  const ones = c.once(`ones ${length}`, () => g.constant(float32(Array(length).fill(1), [1, 1, length])))
  const cut = g.op('Reshape', [x, g.ints(parts, length, columns)])
  const sums = g.op('MatMul', [ones, cut])
  const sum = g.op('ReduceSum', [sums, g.ints(0)], { keepdims: 0 })
  return g.op('Reshape', [sum, g.ints(...sizes.slice(axes))], {}, output ? { outputs: [output] } : {})
}

function largestDivisor(count: number, most: number): number {
  for (let divisor = most; divisor > 1; divisor--) if (count % divisor === 0) return divisor
  return 1
}
