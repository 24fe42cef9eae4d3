import type { GraphBuilder } from '../../../onnx/builder.js'
import type { Node } from '../../../onnx/graph/graph.js'
import { int64 } from '../../../onnx/graph/tensor.js'
import { type Dims, type Name, PHASES, type Phase } from '../layout/dims.js'
import { type BlockedConvolution, phaseTaps, transposedGeometry } from '../layout/geometry.js'
import type { DeferredConv, SumByPhase } from '../ops/spatial.js'
import { convolve } from '../winograd/convolve.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { Value } from '../writer/values.js'
import type { ScaledGradient } from './weightGradient.js'

/**
 * Computes the gradient of a convolution's input, deferred so that a sum after it can be included: at stride 1 a
 * convolution of u with the flipped, transposed filter; at stride 2 one for each phase of the result, with exactly the
 * taps that reach it.
 */
export function inputGradient(
  node: Node,
  convolution: BlockedConvolution,
  dy: ScaledGradient,
  c: BlockedWriter,
): Value {
  const isDepthwise = convolution.geometry.group > 1
  const turn = isDepthwise ? flippedFilter : turnedFilter
  const w = turn(c.filter(node.inputs[2]!), convolution.filter.dims as unknown as Dims, dy.factor, c)
  return c.plan.phases.inputGradients.has(node)
    ? { kind: 'sum by phase', phases: byPhase(convolution, dy.u[0]!, w, c) }
    : { kind: 'convolution', write: asConvolution(node, convolution, dy.u[0]!, w, c) }
}

function asConvolution(
  node: Node,
  { filter, geometry }: BlockedConvolution,
  u: Name,
  w: Name,
  c: BlockedWriter,
): DeferredConv {
  const [samples, outputs, height, width] = c.official.dims4(node.inputs[1]!)
  const sizes = { samples, inputs: filter.dims[0]! / geometry.group, outputs, height, width }
  const { alone, added } = c.plan.algorithms.inputGradients.get(node)!
  return (add) => convolve(c.ops, { x: u, w, add }, sizes, transposedGeometry(geometry)!, add ? added : alone)
}

/**
 * Computes the gradient by phase at stride 2, from the taps of the transposed filter that reach it. Those of a 1x1 filter
 * reach one phase only.
 */
function byPhase({ filter, geometry }: BlockedConvolution, u: Name, w: Name, c: BlockedWriter): SumByPhase {
  const { g, ops } = c
  const [outputs, inputs] = filter.dims as unknown as Dims
  const { kernel, pads, group } = geometry
  const dims = group === 1 ? ([inputs, outputs] as const) : ([outputs, 1] as const)
  const blocks = group === 1 ? (inputs * outputs) / ops.block ** 2 : outputs / ops.block
  const wide = ops.reshape(w, blocks, ...kernel, -1)
  const phases = new Map<Phase, readonly DeferredConv[]>()
  for (const [phase, [p, q]] of PHASES.entries()) {
    const [rows, columns] = [phaseTaps(kernel[0], pads[0], p)!, phaseTaps(kernel[1], pads[1], q)!]
    const size = [rows.taps.length, columns.taps.length] as const
    if (size[0] * size[1] === 0) continue
    const ofRows = pick(g, wide, rows.taps, 1, kernel[0])
    const taps = ops.reshape(pick(g, ofRows, columns.taps, 2, kernel[1]), ...dims, ...size)
    const window = {
      kernel_shape: [...size],
      pads: [rows.pads[0], columns.pads[0], rows.pads[1], columns.pads[1]],
      ...(group > 1 && { group }),
    }
    phases.set(phase as Phase, [(add) => ops.conv({ x: u, w: taps, add }, window)])
  }
  return phases
}

const pick = (g: GraphBuilder, x: Name, places: readonly number[], axis: number, size: number): Name =>
  places.length === size ? x : g.op('Gather', [x, g.ints(...places)], { axis })

/** Returns a depthwise filter [C/B, kh, kw, B] with its taps in reverse, each channel times its factor. */
function flippedFilter(
  weight: Name,
  [channels, , kh, kw]: Dims,
  factor: Name | undefined,
  { g, ops }: BlockedWriter,
): Name {
  const taps = kh * kw
  const wide = ops.reshape(weight, channels / ops.block, taps, ops.block)
  const order = Array.from({ length: taps }, (_, tap) => taps - 1 - tap)
  const flipped = taps === 1 ? wide : g.op('Gather', [wide, ops.indices(order)], { axis: 1 })
  return factor ? ops.mul(flipped, ops.reshape(factor, channels / ops.block, 1, ops.block)) : flipped
}

/**
 * Returns [O/B, I/B, kh, kw, i, o] flipped and transposed, [I/B, O/B, kh * kw, o, i], each output channel times its
 * factor.
 */
function turnedFilter(
  weight: Name,
  [outputs, inputs, kh, kw]: Dims,
  factor: Name | undefined,
  { g, ops }: BlockedWriter,
): Name {
  const { block } = ops
  const [o, i, taps] = [outputs / block, inputs / block, kh * kw]
  const order: number[] = []
  for (let to = 0; to < i; to++)
    for (let from = 0; from < o; from++)
      for (let tap = taps - 1; tap >= 0; tap--) order.push((from * i + to) * taps + tap)
  const tapsOfBlocks = ops.reshape(weight, o * i * taps, block * block)
  const gathered = g.op('Gather', [tapsOfBlocks, g.constant(int64(order))], { axis: 0 })
  const reordered = ops.nchwc('ReorderInput', [ops.reshape(gathered, order.length, block, block, 1)])
  const shaped = ops.reshape(reordered, i, o, taps, block, block)
  return factor ? ops.mul(shaped, ops.reshape(factor, 1, o, 1, block, 1)) : shaped
}
