import type { Node } from '../../../onnx/graph/graph.js'
import { int64 } from '../../../onnx/graph/tensor.js'
import type { Dims, Name, Phase } from '../layout/dims.js'
import { type BlockedConvolution, isPointwise, transposedGeometry } from '../layout/geometry.js'
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
  const w = turnedFilter(node.inputs[2]!, convolution.filter.dims as unknown as Dims, dy.factor, c)
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
  const sizes = { samples, inputs: filter.dims[0]!, outputs, height, width }
  const { alone, added } = c.plan.algorithms.inputGradients.get(node)!
  return (add) => convolve(c.ops, { x: u, w, add }, sizes, transposedGeometry(geometry)!, add ? added : alone)
}

/**
 * Computes the gradient by phase, from [I/B, O/B, kh * kw, o, i] at stride 2: a 1x1 filter reaches one phase only, a
 * 3x3 filter all four.
 */
function byPhase({ filter, geometry }: BlockedConvolution, u: Name, w: Name, c: BlockedWriter): SumByPhase {
  const { g, ops } = c
  const [outputs, inputs] = filter.dims as unknown as Dims
  const conv =
    (taps: Name, size: readonly number[], pads: readonly number[]): DeferredConv =>
    (add) =>
      ops.conv({ x: u, w: ops.reshape(taps, inputs, outputs, ...size), add }, { kernel_shape: size, pads })
  if (isPointwise(geometry)) return new Map([[0, [conv(w, [1, 1], [0, 0, 0, 0])]]])
  const { block } = ops
  const wide = ops.reshape(w, inputs / block, outputs / block, 3, 3, block, block)
  // Even rows read only the center tap, odd rows the two outer ones.
  const taps = (odd: number) => (odd ? g.ints(0, 2) : g.ints(1))
  const phase = (p: number, q: number) => {
    const rows = g.op('Gather', [wide, taps(p)], { axis: 2 })
    return [conv(g.op('Gather', [rows, taps(q)], { axis: 3 }), [1 + p, 1 + q], [0, 0, p, q])]
  }
  return new Map<Phase, DeferredConv[]>([
    [0, phase(0, 0)],
    [1, phase(0, 1)],
    [2, phase(1, 0)],
    [3, phase(1, 1)],
  ])
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
