import { sizeOf } from '../../onnx/tensor.js'
import type { Blocked, ConvRecord } from './Blocked.js'
import type { Geometry } from './geometry.js'
import type { FilterLayout } from './layout.js'
import { type Name, PHASES } from './values.js'

type Dims = readonly [number, number, number, number]

/**
 * dW = sum over batch and space of x times u, as a blocked convolution in which the BATCH is the channel: x becomes the
 * input [C/B, batch block, H, W * B], read as rows of W * B pixels, u the filters [O, batch block, Ho, Wo], dilated by
 * the stride (times B along the row). Its outputs (kh, kw * B) are the blocked filter. Further blocks of the batch
 * accumulate. `factor` is gamma / sigma of the batch norm after the convolution.
 */
export function weightGradient(
  c: Blocked,
  record: ConvRecord,
  u: Name,
  [n, outputs, ho, wo]: Dims,
  { dims }: FilterLayout,
  factor?: Name,
): Name {
  const { g, block } = c
  const [, inputs, kh, kw] = dims as Dims
  const { x, height, width, stride, rows } = record
  const batches = asInputs(c, x, n, inputs, height, width)
  const sum = accumulate(c, batches, asFilters(c, u, n, outputs, ho, wo), {
    kernel_shape: [ho, wo],
    dilations: [stride, stride * block],
    pads: [rows[0], 0, rows[1], 0],
  })
  const [o, i] = [outputs / block, inputs / block]
  const gradient = g.op('Transpose', [c.reshape(sum, i, o, kh, kw, block, block)], { perm: [1, 0, 2, 3, 4, 5] })
  return factor ? c.mul(gradient, c.reshape(factor, o, 1, 1, 1, 1, block)) : gradient
}

/**
 * The same for a first layer, whose input is a picture in the standard layout with fewer channels than a block. `u` may
 * be the four phases of a stem.
 */
export function firstWeightGradient(
  c: Blocked,
  tensors: { x: Name; u: readonly Name[]; dy: Dims; dx: Dims },
  { dims }: FilterLayout,
  { kernel, stride, pads }: Geometry,
  factor?: Name,
): Name {
  const { g, block } = c
  const [outputs, inputs] = dims as Dims
  const [n, , ho, wo] = tensors.dy
  const [, , h, w] = tensors.dx
  const [kh, kw] = kernel
  const steps = tensors.u.length === 1 ? 1 : 2
  const step = stride * steps
  const [rows, columns] = [ho / steps, wo / steps]
  const [ph, pw] = [(rows - 1) * step + kh, (columns - 1) * step + kw]
  const pairs = tensors.u.map((u, i) => {
    const [p, q] = steps === 1 ? [0, 0] : PHASES[i]!
    const [top, left] = [pads[0] - stride * p, pads[1] - stride * q]
    const padded = g.op('Pad', [tensors.x, g.ints(0, 0, top, left, 0, 0, ph - h - top, pw - w - left)])
    const wide = fillBatch(c, c.reshape(padded, n, inputs * ph, pw), n, [inputs * ph, pw])
    const count = Math.ceil(n / block)
    const image = c.nchwc('ReorderInput', [c.reshape(wide, count, block, inputs * ph, pw)])
    const images = c.split(c.reshape(image, count * inputs, block, ph, pw), count)
    return { images, filters: asFilters(c, u, n, outputs, rows, columns) }
  })
  const sum = accumulate(
    c,
    pairs.flatMap(({ images }) => images),
    pairs.flatMap(({ filters }) => filters),
    { kernel_shape: [rows, columns], dilations: [step, step] },
  )
  const wide = c.reshape(sum, inputs, outputs / block, kh, kw, block)
  const gradient = g.op('Transpose', [wide], { perm: [1, 0, 2, 3, 4] })
  return factor ? c.mul(gradient, c.reshape(factor, outputs / block, 1, 1, 1, block)) : gradient
}

function accumulate(
  c: Blocked,
  inputs: readonly Name[],
  filters: readonly Name[],
  attributes: Parameters<Blocked['conv']>[1],
): Name {
  let sum: Name | undefined
  for (const [i, x] of inputs.entries()) sum = c.conv({ x, w: filters[i]!, add: sum }, attributes)
  return sum!
}

/** Blocked x [n, C, H, W] as one input [C/B, block of n, H, W * B] for each block of the batch. */
function asInputs(c: Blocked, x: Name, n: number, channels: number, h: number, w: number): readonly Name[] {
  const { block } = c
  const count = Math.ceil(n / block)
  const rows = (channels / block) * h
  const whole = fillBatch(c, x, n, [channels, h, w])
  const turned = c.nchwc('ReorderInput', [c.reshape(whole, count, block, rows, w * block)])
  return c.split(c.reshape(turned, (count * channels) / block, block, h, w * block), count)
}

/** Blocked u [n, O, H, W] as one filter [O, block of n, H, W] for each block of the batch. */
function asFilters(c: Blocked, u: Name, n: number, outputs: number, h: number, w: number): readonly Name[] {
  const { block } = c
  const count = Math.ceil(n / block)
  const whole = fillBatch(c, u, n, [outputs, h, w])
  const turned = c.nchwc('ReorderInput', [c.reshape(whole, count, block, 1, outputs * h * w)], { channels_last: 1 })
  return c.split(c.reshape(turned, count * outputs, block, h, w), count)
}

/** Zeros for the samples that are missing in the last block of the batch. */
function fillBatch(c: Blocked, x: Name, n: number, rest: readonly number[]): Name {
  const missing = Math.ceil(n / c.block) * c.block - n
  if (missing === 0) return x
  return c.g.op('Pad', [c.reshape(x, n, sizeOf(rest)), c.g.ints(0, 0, missing, 0)])
}
