import { MS, type Node } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { inputGradient } from './inputGradient.js'
import type { Blocked, ConvRecord } from './layout/Blocked.js'
import type { FilterLayout } from './layout/filters.js'
import { type Geometry, geometryOf, reach } from './layout/geometry.js'
import { unitsOf } from './layout/units.js'
import type { Name } from './layout/values.js'
import type { BlockedRule } from './rule.js'
import { isPoolStem, stemPhases } from './stem.js'
import { firstWeightGradient, weightGradient } from './weightGradient.js'
import { convolve } from './winograd/winograd.js'

export const conv: BlockedRule = {
  operator: ':Conv',
  write(node, c) {
    const [x, weight, bias] = node.inputs as [string, string, string?]
    const layout = c.layouts.get(weight)
    const geometry = layout && geometryOf(node, c)
    if (!layout || !geometry) return false
    const y = node.outputs[0]!
    const [, inputs, kh, kw] = layout.dims as [number, number, number, number]
    const { stride, pads } = geometry
    const shifted = shiftedBias(node, c, bias)
    if (inputs < c.block) {
      c.plain(x)
      const parts = isPoolStem(node, geometry, c)
        ? stemPhases(c, { x, w: weight, bias: shifted }, geometry, c.dims4(x), c.dims4(y))
        : [
            c.conv(
              { x, w: weight, bias: shifted },
              { kernel_shape: [kh, kw], strides: [stride, stride], pads: [...pads] },
            ),
          ]
      c.values.set(y, { parts })
      return true
    }
    const record = recordOf(c, x, y, geometry)
    if (record) c.convolutions.set(recordKey(x, weight, geometry), record)
    const thinned = record?.stride !== stride && record
    const tensors = { x: thinned ? thinned.x : c.blocked(x), w: weight, bias: shifted }
    const [samples, outputs, height, width] = c.dims4(y)
    const sizes = { samples, inputs, outputs, height, width }
    c.values.set(y, { parts: [convolve(c, tensors, sizes, thinned ? { ...geometry, stride: 1 } : geometry)] })
    return true
  },
}

/** One input may be read with one filter in several ways. */
const recordKey = (x: string, weight: string, { stride, pads }: Geometry): string => `${x} ${weight} ${stride} ${pads}`

/** What the weight gradient reads. A 1x1 convolution with stride is one without, of an input that is thinned out first. */
function recordOf(c: Blocked, x: string, y: string, { kernel, stride, pads }: Geometry): ConvRecord | undefined {
  const [samples, inputs, h, w] = c.dims4(x)
  const [, outputs, ho, wo] = c.dims4(y)
  const [kh, kw] = kernel
  const sizes = { samples, height: ho, width: wo, inputs, outputs, kernel }
  if (kh === 1 && kw === 1 && stride > 1 && pads.every((pad) => pad === 0)) {
    const thinned = c.nchwc('MaxPool', [c.blocked(x)], { kernel_shape: [1, 1], strides: [stride, stride] })
    const units = unitsOf({ ...sizes, stride: 1 }, c.block)
    return { x: thinned, height: ho, width: wo, stride: 1, pads: [0, 0, 0, 0], units }
  }
  const [top, left] = pads
  const [bottom, right] = [reach(h, ho, kh, stride, top), reach(w, wo, kw, stride, left)]
  if (bottom < 0 || right < 0) return undefined
  const units = unitsOf({ ...sizes, stride }, c.block)
  return { x: c.blocked(x), height: h, width: w, stride, pads: [top, left, bottom, right], units }
}

/**
 * Before a batch norm, the running mean is taken off through the bias: then the mean of the batch is small, and the
 * variance can be computed as E[y^2] - E[y]^2 in one pass without losing digits. Batch norm does not see the difference,
 * and nothing else may.
 */
function shiftedBias(node: Node, c: Blocked, bias: Name | undefined): Name | undefined {
  const y = node.outputs[0]!
  const norms = c.consumers(y).filter(({ opType }) => opType === 'BatchNormInternal')
  const runningMean = norms[0]?.inputs[3]
  if (!runningMean || !c.isReadOnlyBy(y, 'BatchNormInternal', 'BatchNormalizationGrad')) return bias
  if (!norms.every(({ outputs }) => c.isReadOnlyBy(outputs[3] ?? '', 'BatchNormalizationGrad'))) return bias
  // What a node makes may not be there yet.
  if (c.index.producer.has(runningMean)) return bias
  c.shifts.set(y, runningMean)
  return bias ? c.sub(bias, runningMean) : c.g.op('Neg', [runningMean])
}

export const convGrad: BlockedRule = {
  operator: `${MS}:ConvGrad`,
  write(node, c) {
    const [dy, x, weight] = node.inputs as [string, string, string]
    const [dx, dw, db] = node.outputs as [string?, string?, string?]
    const layout = c.layouts.get(weight)
    if (!layout) return false
    const geometry = geometryOf(node, c)
    const record = geometry && c.convolutions.get(recordKey(x, weight, geometry))
    const first = layout.dims[1]! < c.block
    if (!geometry || (!record && !first)) return false

    const shape = c.dims4(dy)
    const { u, a: factor } = scaledGradient(c, dy, layout, first)
    if (db) biasGradient(c, db, u, shape, factor)
    if (dw) {
      const gradient = first
        ? firstWeightGradient(c, { x, u, dy: shape, dx: c.dims4(x) }, layout, geometry, factor)
        : weightGradient(c, record!, u[0]!, shape, layout, factor)
      c.g.op('Reshape', [gradient, c.g.ints(...layout.dims)], {}, { outputs: [dw] })
    }
    if (!dx) return true
    const tensors = { dx, u: u[0]!, factor, weight }
    const done = !first && inputGradient(c, tensors, layout, geometry, shape, c.dims4(x))
    if (!done) c.lowerPlain({ ...node, outputs: [dx] }, c)
    return true
  },
}

/**
 * The factor of batch norm's gradient goes into the weight and its gradient, unless they are larger than the gradient.
 * Only a first convolution reads it by phases.
 */
function scaledGradient(
  c: Blocked,
  dy: string,
  { dims }: FilterLayout,
  first: boolean,
): { u: readonly Name[]; a?: Name } {
  const scaled = c.values.get(dy)?.scaled
  const takesParts = first || scaled?.u.length === 1
  if (scaled && takesParts && 2 * sizeOf(dims) < sizeOf(c.dims(dy))) return scaled
  return { u: first ? c.parts(dy) : [c.blocked(dy)] }
}

function biasGradient(
  c: Blocked,
  output: string,
  u: readonly Name[],
  [n, channels, h, w]: readonly [number, number, number, number],
  factor: Name | undefined,
): void {
  const phases = u.length === 1 ? 1 : 2
  const part = [n, channels, h / phases, w / phases] as const
  const sum = c.mul(c.total(u.map((name) => c.mean(name, part))), c.number((n * h * w) / u.length))
  c.g.op('Mul', [sum, factor ?? c.number(1)], {}, { outputs: [output] })
}
