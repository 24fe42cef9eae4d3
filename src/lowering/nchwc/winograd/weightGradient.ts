import { A, B } from '../../portable/support/toomCook.js'
import { correlate, type GradientTensor, type InputTensor } from '../correlation/correlate.js'
import type { Dims, Name } from '../layout/dims.js'
import type { Units } from '../layout/units.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { tilesOf, WINDOW } from './tiles.js'
import { evenAndOdd, inputAt, resultGradientAt } from './toomCook.js'

/**
 * Computes the gradient of a 3x3 filter from that of the result, by the transpose of Winograd's convolution: at each
 * point a sum of products over tiles instead of rows, then their combination by the powers of the points.
 *
 * @param units of samples and tiles
 */
export function winogradWeightGradient(ops: BlockedOps, x: InputTensor, u: GradientTensor, units: Units): Name {
  const { g, block } = ops
  const [samples, outputs, height, width] = u.dims
  const tiles = tilesOf(height)
  const dims: Dims = [samples, outputs, tiles, width]
  const blocks = (x.channels * outputs) / block ** 2
  const at = (point: number): Name => {
    const name = inputAt(ops, x.name, point, x.channels, height, 1)
    const tiled = {
      name,
      channels: x.channels,
      height: tiles,
      width: width + 2,
      stride: 1,
      pads: [0, 0, 0, 0],
    } as const
    const gradient = { name: resultGradientAt(ops, u.name, point, outputs, height), dims }
    return ops.reshape(correlate(ops, tiled, gradient, [1, 3], units), blocks, 1, 3 * block ** 2)
  }
  const times = (value: Name, factor: number) => ops.mul(value, ops.number(factor))
  const [evenA, oddA] = evenAndOdd(ops, at, 1)
  const [evenB, oddB] = evenAndOdd(ops, at, 3)
  const rows = [
    ops.add(at(0), ops.add(evenA, evenB)),
    ops.add(times(oddA, A), times(oddB, B)),
    ops.add(at(WINDOW - 1), ops.add(times(evenA, A ** 2), times(evenB, B ** 2))),
  ]
  return g.op('Concat', rows, { axis: 1 })
}
