import type { Blocked, ConvRecord } from '../layout/Blocked.js'
import type { Unit, Units } from '../layout/units.js'
import type { Dims, Name } from '../layout/values.js'
import { gatherUnits } from './gatherUnits.js'

/**
 * The sum over samples and pixels of x times u, as a blocked convolution in which the UNITS of that sum are the channels
 * (see `Units`): x becomes the input [C/B, units, rows, W * B], read as rows of W * B pixels, u the filters
 * [O, units, rows, Wo], dilated by the stride (times B along the row). Its outputs (kh, kw * B) are the blocked filter,
 * [I/B, O/B, kh, kw, B, B].
 */
export function correlate(
  c: Blocked,
  record: ConvRecord,
  u: Name,
  dy: Dims,
  inputs: number,
  [kh, kw]: readonly [number, number],
): Name {
  const { block } = c
  const { stride, units, pads } = record
  return sumOfUnits(
    c,
    { x: asInput(c, record, inputs, kh), w: asFilter(c, u, dy, units) },
    {
      kernel_shape: [units.rows, dy[3]],
      dilations: [stride, stride * block],
      // A whole map comes without its padding rows.
      pads: units.chunks === 1 ? [pads[0], 0, pads[2], 0] : [0, 0, 0, 0],
    },
    { units, size: [inputs / block, dy[1] * kh * kw * block] },
  )
}

/** The convolution, its groups added up: [channel blocks of x, rest] in any shape. */
export function sumOfUnits(
  c: Blocked,
  inputs: { x: Name; w: Name },
  attributes: Parameters<Blocked['conv']>[1],
  { units: { groups }, size }: { units: Units; size: readonly [number, number] },
): Name {
  if (groups === 1) return c.conv(inputs, attributes)
  const sums = c.conv(inputs, { ...attributes, group: groups })
  return c.g.op('ReduceSum', [c.reshape(sums, size[0], groups, size[1]), c.g.ints(1)], { keepdims: 0 })
}

/**
 * Blocked x [n, C, H, W] as an input [C/B, units, rows, W * B]. Its padding columns are put in place, for outputs that
 * touch padding take a slow path; so is one row of zeros, if any is read.
 */
function asInput(c: Blocked, record: ConvRecord, channels: number, kernelRows: number): Name {
  const { block } = c
  const { x, height, width, stride, units } = record
  const [top, left, bottom, right] = record.pads
  const whole = units.chunks === 1
  const zeroRows = units.incomplete || (!whole && (top > 0 || bottom > 0)) ? 1 : 0
  const padded = c.pad(x, channels, [0, left, zeroRows, right])
  const stored = height + zeroRows
  const size = (left + width + right) * block
  const channelBlocks = channels / block
  const rows = whole ? height : (units.rows - 1) * stride + kernelRows
  // The samples of a block of units are turned into its channels: best before rows are gathered, as some are twice, but
  // ONNX Runtime shares that work out by blocks of samples.
  const together = units.samples % block === 0 && units.samples > block ? block : 1
  const turn = (name: Name, count: number, height: number) =>
    c.nchwc('ReorderInput', [c.reshape(name, count, block, height, size)])
  const source = {
    name: together === 1 ? padded : turn(padded, units.samples / block, channelBlocks * stored),
    pieces: (units.samples / together) * channelBlocks * stored,
    size: size * together,
  }
  const at = (channelBlock: number, unit: Unit | undefined, row: number) => {
    const [sample, chunk] = unit ?? [0, 0]
    const inPicture = whole ? row : chunk * units.rows * stride + row - top
    const storedRow = !unit || inPicture < 0 || inPicture > height ? height : inPicture
    return ((sample / together) * channelBlocks + channelBlock) * stored + storedRow
  }
  const gathered = gatherUnits(c, units, source, channelBlocks, rows, at, together)
  const turned = together === 1 ? turn(gathered, channelBlocks * units.blocks, rows) : gathered
  return c.reshape(turned, channelBlocks, units.blocks * block, rows, size)
}

/**
 * Blocked u [n, O, H, W] as a filter [O, units, rows, W], one for each group. Where a unit is missing anything may stand:
 * x is zero there.
 */
export function asFilter(c: Blocked, u: Name, [n, outputs, height, width]: Dims, units: Units): Name {
  const { block } = c
  const { chunks, rows, blocks, groups } = units
  const channelBlocks = outputs / block
  const size = rows * width * block
  const filters = (matrix: Name, count: number, columns: number) => {
    const wide = c.reshape(matrix, count, block, 1, columns)
    const turned = c.nchwc('ReorderInput', [wide], { channels_last: 1 })
    return c.reshape(turned, groups * outputs, (blocks / groups) * block, rows, width)
  }
  if (groups > 1) return filters(u, groups, channelBlocks * chunks * size)
  const pieces = { name: u, pieces: (n * channelBlocks * height) / rows, size }
  const gathered = gatherUnits(c, units, pieces, channelBlocks, 1, (channelBlock, unit) =>
    unit ? (unit[0] * channelBlocks + channelBlock) * chunks + unit[1] : 0,
  )
  return filters(gathered, channelBlocks * blocks, size)
}
