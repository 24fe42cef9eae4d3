import type { Dims, Name } from '../layout/dims.js'
import type { BlockedOps } from './BlockedOps.js'

/**
 * Computes the sum of x * y for each channel: a depthwise convolution whose filter is the other tensor. The products
 * are not written to memory.
 */
export function dot(ops: BlockedOps, x: Name, y: Name, dims: Dims): Name {
  const rows = rowsOfSum(dims[2], dims[3])
  return overSamples(ops, 'ReduceSum', productsOfParts(ops, x, y, dims, rows), dims, rows)
}

/** Computes the sum of x * y for each map, [N, C, 1, 1], which is the same in both layouts. */
export function dotOfMaps(ops: BlockedOps, x: Name, y: Name, dims: Dims): Name {
  const rows = rowsOfSum(dims[2], dims[3])
  return ofMaps(ops, 'ReduceSum', productsOfParts(ops, x, y, dims, rows), dims, rows)
}

/** Computes the sum of x * y for each part of an image, of `rows` rows. */
function productsOfParts(ops: BlockedOps, x: Name, y: Name, [n, c, h, w]: Dims, rows: number): Name {
  const groups = (n * c * h) / rows
  return ops.conv(
    { x: ops.reshape(x, 1, groups, rows, w), w: ops.reshape(y, groups, 1, rows, w) },
    { kernel_shape: [rows, w], group: groups },
  )
}

/** Computes the mean of each channel. */
export function mean(ops: BlockedOps, x: Name, dims: Dims): Name {
  const rows = rowsOfSum(dims[2], dims[3])
  return overSamples(ops, 'ReduceMean', meansOfParts(ops, x, dims, rows), dims, rows)
}

/** Computes the sum of each channel. */
export const sum = (ops: BlockedOps, x: Name, dims: Dims): Name =>
  ops.mul(mean(ops, x, dims), ops.number(dims[0] * dims[2] * dims[3]))

/** Computes the sum of each map, [N, C, 1, 1]. */
export function sumOfMaps(ops: BlockedOps, x: Name, dims: Dims): Name {
  const rows = rowsOfSum(dims[2], dims[3])
  const means = ofMaps(ops, 'ReduceMean', meansOfParts(ops, x, dims, rows), dims, rows)
  return ops.mul(means, ops.number(dims[2] * dims[3]))
}

function meansOfParts(ops: BlockedOps, x: Name, [n, c, h, w]: Dims, rows: number): Name {
  const parts = ops.reshape(x, (n * c * h) / rows / ops.block, ops.block, rows, w)
  return ops.nchwc('GlobalAveragePool', [parts])
}

/** Reduces results for each channel of each part of an image to results for each map. */
function ofMaps(ops: BlockedOps, reduction: 'ReduceSum' | 'ReduceMean', x: Name, [n, c, h]: Dims, rows: number): Name {
  if (rows === h) return ops.reshape(x, n, c, 1, 1)
  const parts = ops.reshape(x, n, c / ops.block, h / rows, ops.block)
  return ops.reshape(ops.g.op(reduction, [parts, ops.g.ints(2)], { keepdims: 0 }), n, c, 1, 1)
}

/** Reduces results for each channel of each part of an image to results for each channel. */
function overSamples(
  ops: BlockedOps,
  reduction: 'ReduceSum' | 'ReduceMean',
  x: Name,
  [n, c, h]: Dims,
  rows: number,
): Name {
  const { g, block } = ops
  if (rows === h) return g.op(reduction, [ops.reshape(x, n, c), g.ints(0)], { keepdims: 0 })
  const parts = ops.reshape(x, n, c / block, h / rows, block)
  return ops.reshape(g.op(reduction, [parts, g.ints(0, 2)], { keepdims: 0 }), c)
}

/**
 * The largest number of pixels in a part of an image: a float32 sum over many values one by one loses digits, so images
 * are summed in parts.
 */
const PIXELS_OF_SUM = 512

function rowsOfSum(height: number, width: number): number {
  for (let rows = height; rows > 1; rows--) if (height % rows === 0 && rows * width <= PIXELS_OF_SUM) return rows
  return 1
}
