import { MS } from '../../../onnx/graph/graph.js'
import type { GradientTensor, InputTensor } from '../correlation/correlate.js'
import type { Name } from '../layout/dims.js'
import type { BlockedOps } from '../ops/BlockedOps.js'

/**
 * Computes the gradient of a filter of single pixels, [O/B, I/B, 1, 1, B, B], as the products of maps, summed over
 * samples. On large maps that moves less memory than a convolution, whose units would have to be gathered first.
 */
export function pointwiseWeightGradient(ops: BlockedOps, x: InputTensor, u: GradientTensor): Name {
  const { g, block } = ops
  const [n, outputs, h, w] = u.dims
  const rows = (name: Name, channels: number): Name =>
    ops.reshape(ops.nchwc('ReorderOutput', [name], { channels, channels_last: 0 }), n, channels, h * w)
  // [outputs, inputs] or, if there are more of these, the other way round.
  const factors = [rows(u.name, outputs), rows(x.name, x.channels)]
  const isByOutput = outputs >= x.channels
  if (!isByOutput) factors.reverse()
  const products = g.op('FusedMatMul', factors, { transB: 1 }, { domain: MS })
  const sum = g.op('ReduceSum', [products, g.ints(0)], { keepdims: 0 })
  const [o, i] = [outputs / block, x.channels / block]
  return isByOutput
    ? g.op('Transpose', [ops.reshape(sum, o, block, i, block, 1, 1)], { perm: [0, 2, 4, 5, 3, 1] })
    : g.op('Transpose', [ops.reshape(sum, i, block, o, block, 1, 1)], { perm: [2, 0, 4, 5, 1, 3] })
}
