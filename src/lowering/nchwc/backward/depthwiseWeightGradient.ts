import type { Node } from '../../../onnx/graph/graph.js'
import type { Dims, Name } from '../layout/dims.js'
import { type BlockedConvolution, correlatedInput } from '../layout/geometry.js'
import { pad } from '../ops/spatial.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import { inputOf, type ScaledGradient } from './weightGradient.js'

/**
 * Computes the gradient of a depthwise filter, [C/B, kh * kw, B]: each map of dY is the filter of a depthwise convolution
 * over the map of x that it belongs to, dilated by the stride. Its result, of the size of the filter, is summed over the
 * samples.
 */
export function depthwiseWeightGradient(
  node: Node,
  { filter, geometry }: BlockedConvolution,
  { u, factor }: ScaledGradient,
  c: BlockedWriter,
): Name {
  const { g, ops } = c
  const [dy, x] = node.inputs.map((input) => c.official.dims4(input)) as [Dims, Dims, Dims]
  const [channels, , kh, kw] = filter.dims as unknown as Dims
  const [samples, , height, width] = dy
  const input = correlatedInput(geometry, x, dy)!
  const [top, left, bottom, right] = input.pads
  // Outputs that touch padding columns take a slow path, and here all would.
  const padded = pad(ops, inputOf(node, c), channels, [0, left, 0, right])
  const maps = samples * channels
  const tensors = {
    x: ops.reshape(padded, 1, maps, input.height, left + input.width + right),
    w: ops.reshape(u[0]!, maps, 1, height, width),
  }
  const window = { kernel_shape: [height, width], dilations: [input.stride, input.stride] }
  const ofMaps = ops.conv(tensors, { ...window, pads: [top, 0, bottom, 0], group: maps })
  const sum = g.op('ReduceSum', [ops.reshape(ofMaps, samples, channels * kh * kw), g.ints(0)], { keepdims: 0 })
  if (!factor) return sum
  const [blocks, block] = [channels / ops.block, ops.block]
  return ops.mul(ops.reshape(sum, blocks, kh * kw, block), ops.reshape(factor, blocks, 1, block))
}
