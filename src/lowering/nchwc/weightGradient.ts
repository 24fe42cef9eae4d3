import { asFilter, correlate, sumOfUnits } from './correlation/correlate.js'
import { gatherUnits } from './correlation/gatherUnits.js'
import type { Blocked, ConvRecord } from './layout/Blocked.js'
import type { FilterLayout } from './layout/filters.js'
import type { Geometry } from './layout/geometry.js'
import { unitsOf } from './layout/units.js'
import { type Dims, type Name, PHASES } from './layout/values.js'
import { isSameSize3x3 } from './winograd/winograd.js'
import { isGradientCheaper, winogradGradient } from './winograd/winogradGradient.js'

/** The gradient of a weight, by Winograd's algorithm where that is cheaper. `factor` is gamma / sigma of the batch norm after. */
export function weightGradient(
  c: Blocked,
  record: ConvRecord,
  u: Name,
  dy: Dims,
  { dims }: FilterLayout,
  factor?: Name,
): Name {
  const { g, block } = c
  const [outputs, inputs, kh, kw] = dims as Dims
  const kernel = [kh, kw] as const
  const sum =
    isSameSize3x3({ ...record, kernel }) && isGradientCheaper(dy, inputs)
      ? winogradGradient(c, record, u, dy, inputs)
      : correlate(c, record, u, dy, inputs, kernel)
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
  const [samples, , ho, wo] = tensors.dy
  const [, , h, w] = tensors.dx
  const [kh, kw] = kernel
  const steps = tensors.u.length === 1 ? 1 : 2
  const step = stride * steps
  const [height, width] = [ho / steps, wo / steps]
  const units = unitsOf({ samples, height, width, inputs, outputs, stride: step, kernel }, block)
  const columns = (width - 1) * step + kw
  const rows = (units.rows - 1) * step + kh
  // Phases of one column begin at the same column of the picture. One row of zeros serves all that lie outside.
  const padded = Array.from({ length: steps }, (_, q) => {
    const left = pads[1] - stride * q
    return g.op('Pad', [tensors.x, g.ints(0, 0, 0, left, 0, 0, 1, columns - w - left)])
  })
  const sums = tensors.u.map((u, i) => {
    const [p, q] = steps === 1 ? [0, 0] : PHASES[i]!
    const pieces = { name: padded[q]!, pieces: samples * inputs * (h + 1), size: columns }
    const image = gatherUnits(c, units, pieces, inputs, rows, (channel, unit, row) => {
      const [sample, chunk] = unit ?? [0, 0]
      const at = unit ? chunk * units.rows * step + row + stride * p - pads[0] : h
      return (sample * inputs + channel) * (h + 1) + (at < 0 || at > h ? h : at)
    })
    const turned = c.nchwc('ReorderInput', [c.reshape(image, inputs * units.blocks, block, rows, columns)])
    const x = c.reshape(turned, inputs, units.blocks * block, rows, columns)
    const filter = asFilter(c, u, [samples, outputs, height, width], units)
    const attributes = { kernel_shape: [units.rows, width], dilations: [step, step] }
    return sumOfUnits(c, { x, w: filter }, attributes, { units, size: [inputs, outputs * kh * kw] })
  })
  const wide = c.reshape(c.total(sums), inputs, outputs / block, kh, kw, block)
  const gradient = g.op('Transpose', [wide], { perm: [1, 0, 2, 3, 4] })
  return factor ? c.mul(gradient, c.reshape(factor, outputs / block, 1, 1, 1, block)) : gradient
}
