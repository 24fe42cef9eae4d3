import type { Dims, Name } from '../layout/dims.js'
import type { CorrelatedInput } from '../layout/geometry.js'
import type { Unit, Units } from '../layout/units.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { pad } from '../ops/spatial.js'
import { gatherUnits } from './gatherUnits.js'

/** The blocked input of a convolution. */
export interface InputTensor extends Omit<CorrelatedInput, 'isThinned'> {
  readonly name: Name
  readonly channels: number
}

/** The gradient dY, or dY without a factor, blocked. */
export interface GradientTensor {
  readonly name: Name
  readonly dims: Dims
}

/**
 * Computes the sum over samples and pixels of x times u, as a blocked convolution whose channels are the UNITS of that
 * sum (see `Units`): x becomes the input [C/B, units, rows, W * B], read as rows of W * B pixels, u the filters [O,
 * units, rows, Wo], dilated by the stride (times B along the row). Its outputs (kh, kw * B) are the blocked filter,
 * [I/B, O/B, kh, kw, B, B].
 */
export function correlate(
  ops: BlockedOps,
  x: InputTensor,
  u: GradientTensor,
  [kh, kw]: readonly [number, number],
  units: Units,
): Name {
  const { block } = ops
  const { stride, pads, channels } = x
  const inputs = { x: asInput(ops, x, units, kh), w: asFilter(ops, u.name, u.dims, units) }
  const attributes = {
    kernel_shape: [units.rows, u.dims[3]],
    dilations: [stride, stride * block],
    // A whole map has no padding rows.
    pads: units.chunks === 1 ? [pads[0], 0, pads[2], 0] : [0, 0, 0, 0],
  }
  return sumOfUnits(ops, inputs, attributes, { units, size: [channels / block, u.dims[1] * kh * kw * block] })
}

/** Computes the convolution, summed over its groups: [channel blocks of x, rest] in any shape. */
export function sumOfUnits(
  ops: BlockedOps,
  inputs: { x: Name; w: Name },
  attributes: Parameters<BlockedOps['conv']>[1],
  { units: { groups }, size }: { units: Units; size: readonly [number, number] },
): Name {
  if (groups === 1) return ops.conv(inputs, attributes)
  const sums = ops.conv(inputs, { ...attributes, group: groups })
  return ops.g.op('ReduceSum', [ops.reshape(sums, size[0], groups, size[1]), ops.g.ints(1)], { keepdims: 0 })
}

/**
 * Rearranges blocked x [n, C, H, W] as an input [C/B, units, rows, W * B]. Its padding columns are written explicitly,
 * because outputs that touch padding take a slow path; so is one row of zeros, if any is read.
 */
function asInput(ops: BlockedOps, x: InputTensor, units: Units, kernelRows: number): Name {
  const { block } = ops
  const { name, channels, height, width, stride } = x
  const [top, left, bottom, right] = x.pads
  const whole = units.chunks === 1
  const zeroRows = units.incomplete || (!whole && (top > 0 || bottom > 0)) ? 1 : 0
  const padded = pad(ops, name, channels, [0, left, zeroRows, right])
  const stored = height + zeroRows
  const size = (left + width + right) * block
  const channelBlocks = channels / block
  const rows = whole ? height : (units.rows - 1) * stride + kernelRows
  // The samples of a block of units are reordered as its channels: preferably before rows are gathered, as some are
  // gathered twice, but ONNX Runtime divides that work among threads by blocks of samples.
  const together = units.samples % block === 0 && units.samples > block ? block : 1
  const turn = (name: Name, count: number, height: number) =>
    ops.nchwc('ReorderInput', [ops.reshape(name, count, block, height, size)])
  const source = {
    name: together === 1 ? padded : turn(padded, units.samples / block, channelBlocks * stored),
    pieces: (units.samples / together) * channelBlocks * stored,
    size: size * together,
  }
  const at = (channelBlock: number, unit: Unit | undefined, row: number) => {
    const [sample, chunk] = unit ?? [0, 0]
    const inImage = whole ? row : chunk * units.rows * stride + row - top
    const storedRow = !unit || inImage < 0 || inImage > height ? height : inImage
    return ((sample / together) * channelBlocks + channelBlock) * stored + storedRow
  }
  const gathered = gatherUnits(ops, units, source, channelBlocks, rows, at, together)
  const reordered = together === 1 ? turn(gathered, channelBlocks * units.blocks, rows) : gathered
  return ops.reshape(reordered, channelBlocks, units.blocks * block, rows, size)
}

/**
 * Rearranges blocked u [n, O, H, W] as a filter [O, units, rows, W], one for each group. A missing unit may have any
 * values: x is zero there.
 */
export function asFilter(ops: BlockedOps, u: Name, [n, outputs, height, width]: Dims, units: Units): Name {
  const { block } = ops
  const { chunks, rows, blocks, groups } = units
  const channelBlocks = outputs / block
  const size = rows * width * block
  const filters = (matrix: Name, count: number, columns: number) => {
    const wide = ops.reshape(matrix, count, block, 1, columns)
    const reordered = ops.nchwc('ReorderInput', [wide], { channels_last: 1 })
    return ops.reshape(reordered, groups * outputs, (blocks / groups) * block, rows, width)
  }
  if (groups > 1) return filters(u, groups, channelBlocks * chunks * size)
  const pieces = { name: u, pieces: (n * channelBlocks * height) / rows, size }
  const gathered = gatherUnits(ops, units, pieces, channelBlocks, 1, (channelBlock, unit) =>
    unit ? (unit[0] * channelBlocks + channelBlock) * chunks + unit[1] : 0,
  )
  return filters(gathered, channelBlocks * blocks, size)
}
