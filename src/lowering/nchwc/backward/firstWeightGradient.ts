import type { Node } from '../../../onnx/graph/graph.js'
import { asFilter, sumOfUnits } from '../correlation/correlate.js'
import { gatherUnits } from '../correlation/gatherUnits.js'
import { type Dims, type Name, PHASES } from '../layout/dims.js'
import type { BlockedConvolution } from '../layout/geometry.js'
import type { Units } from '../layout/units.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { ScaledGradient } from './weightGradient.js'

/**
 * Computes the gradient of the filter of a first layer, whose input is an image in the standard layout with fewer
 * channels than a block. `u` may be the four phases of a stem.
 */
export function firstWeightGradient(
  node: Node,
  convolution: BlockedConvolution,
  { u, factor }: ScaledGradient,
  c: BlockedWriter,
): Name {
  const { g, ops } = c
  const { block } = ops
  const [outputs, inputs, kh, kw] = convolution.filter.dims as unknown as Dims
  const { units } = c.plan.algorithms.weightGradients.get(node)!
  const [samples, , height, width] = c.official.dims4(node.inputs[0]!)
  const steps = u.length === 1 ? 1 : 2
  const step = convolution.geometry.stride * steps
  const images = paddedImages(node, convolution, steps, c)
  const part: Dims = [samples, outputs, height / steps, width / steps]
  const sums = u.map((name, i) => {
    const [p, q] = steps === 1 ? [0, 0] : PHASES[i]!
    const x = gatherImages(images[q]!, units, convolution, { phase: p, step }, c)
    const attributes = { kernel_shape: [units.rows, part[3]], dilations: [step, step] }
    return sumOfUnits(ops, { x, w: asFilter(ops, name, part, units) }, attributes, {
      units,
      size: [inputs, outputs * kh * kw],
    })
  })
  const wide = ops.reshape(ops.total(sums), inputs, outputs / block, kh, kw, block)
  const gradient = g.op('Transpose', [wide], { perm: [1, 0, 2, 3, 4] })
  return factor ? ops.mul(gradient, ops.reshape(factor, outputs / block, 1, 1, 1, block)) : gradient
}

/** Images, where windows read each row whole, and their sizes. */
interface Images {
  readonly name: Name
  readonly samples: number
  readonly height: number
  readonly columns: number
}

/**
 * Returns the images in the form that the phases of each column of windows read: these begin at the same column. One
 * row of zeros below serves for all rows outside.
 */
function paddedImages(
  node: Node,
  { geometry: { kernel, stride, pads } }: BlockedConvolution,
  steps: number,
  c: BlockedWriter,
): readonly Images[] {
  const [dy, x] = node.inputs as [string, string]
  const [samples, , height, width] = c.official.dims4(x)
  const columns = (c.official.dims4(dy)[3] / steps - 1) * stride * steps + kernel[1]
  return Array.from({ length: steps }, (_, q) => {
    const left = pads[1] - stride * q
    const name = c.g.op('Pad', [x, c.g.ints(0, 0, 0, left, 0, 0, 1, columns - width - left)])
    return { name, samples, height, columns }
  })
}

/** Gathers the images as [inputs, units, rows, columns], blocked. */
function gatherImages(
  { name, samples, height, columns }: Images,
  units: Units,
  { filter, geometry: { kernel, stride, pads } }: BlockedConvolution,
  { phase, step }: { phase: number; step: number },
  { ops }: BlockedWriter,
): Name {
  const inputs = filter.dims[1]!
  const rows = (units.rows - 1) * step + kernel[0]
  const pieces = { name, pieces: samples * inputs * (height + 1), size: columns }
  const image = gatherUnits(ops, units, pieces, inputs, rows, (channel, unit, row) => {
    const [sample, chunk] = unit ?? [0, 0]
    const at = unit ? chunk * units.rows * step + row + stride * phase - pads[0] : height
    return (sample * inputs + channel) * (height + 1) + (at < 0 || at > height ? height : at)
  })
  const reordered = ops.nchwc('ReorderInput', [ops.reshape(image, inputs * units.blocks, ops.block, rows, columns)])
  return ops.reshape(reordered, inputs, units.blocks * ops.block, rows, columns)
}
