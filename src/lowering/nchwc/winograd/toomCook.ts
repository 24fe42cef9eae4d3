import { INPUT, RESULT } from '../../portable/support/toomCook.js'
import type { Name } from '../layout/dims.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { ROWS, tilesOf } from './tiles.js'

/**
 * Computes the sum and the difference of the values `at` a point and at its opposite: the point's even and odd powers
 * are multiplied by these.
 */
export function evenAndOdd(
  ops: BlockedOps,
  at: (point: number) => Name,
  point: number,
): readonly [even: Name, odd: Name] {
  const [plus, minus] = [at(point), at(point + 1)]
  return [ops.add(plus, minus), ops.sub(plus, minus)]
}

/**
 * Evaluates [n, I, height, W] at a point, [n, I, tiles, W]: a sum over each window of six rows, the first a row above
 * its tile. `sides`: columns of zeros left and right.
 */
export function inputAt(ops: BlockedOps, x: Name, point: number, channels: number, height: number, sides = 0): Name {
  const row = INPUT[point]!
  // If a window's first row, which may lie above the map, is not read, the tile's first row is the first.
  return row[0] === 0
    ? sumOfRows(ops, x, row.slice(1), { channels, height, above: 0, sides })
    : sumOfRows(ops, x, row, { channels, height, above: 1, sides })
}

/** Evaluates the gradient of the result, [n, O, height, W], at a point, [n, O, tiles, W]. */
export const resultGradientAt = (ops: BlockedOps, u: Name, point: number, channels: number, height: number): Name =>
  sumOfRows(ops, u, RESULT[point]!, { channels, height, above: 0, sides: 0 })

/** Computes for each tile the sum of its rows, and of those `above`, times `factors`. */
function sumOfRows(
  ops: BlockedOps,
  x: Name,
  factors: readonly number[],
  size: { channels: number; height: number; above: number; sides: number },
): Name {
  const { channels, height, above, sides } = size
  const taps = factors.slice(0, factors.findLastIndex((factor) => factor !== 0) + 1)
  const below = Math.max(0, (tilesOf(height) - 1) * ROWS + taps.length - above - height)
  const kernel_shape = [taps.length, 1]
  const pads = [above, sides, below, sides]
  const w = ops.depthwiseFilter(channels, taps, [taps.length, 1])
  return ops.conv({ x, w }, { kernel_shape, strides: [ROWS, 1], pads, group: channels })
}
