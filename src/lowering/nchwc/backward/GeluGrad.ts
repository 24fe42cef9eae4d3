import { MS } from '../../../onnx/graph/graph.js'
import { sizeOf } from '../../../onnx/graph/tensor.js'
import { RATIO_FACTOR, slopeParts } from '../../portable/support/geluSlope.js'
import { scaled } from '../ops/elementwise.js'
import type { BlockedRule } from '../writer/rule.js'

/**
 * The gradient of GELU in the standard layout, but its sum as one pass of a depthwise convolution: values that are
 * computed one by one have no layout. A step of a transformer waits for memory in between its products.
 */
export const GeluGrad: BlockedRule = {
  operator: `${MS}:GeluGrad`,
  write(node, c) {
    const { ops, official, values, g } = c
    const [dy, x] = node.inputs as [string, string]
    const [dx, y] = node.outputs as [string, string?]
    values.makePlain(dy)
    values.makePlain(x)
    const dims = official.dims(x)
    const columns = dims.at(-1)! / ops.block
    const flat = (value: string) => ops.reshape(value, 1, ops.block, sizeOf(dims) / dims.at(-1)!, columns)
    const { erf, ratio } = slopeParts(g, x)
    if (y) {
      const phi = scaled(ops, { x: flat(erf), factor: 0.5, bias: 0.5 }, ops.block)
      g.op('Mul', [x, ops.reshape(phi, ...dims)], {}, { outputs: [y] })
      const slope = scaled(ops, { x: flat(ratio), factor: RATIO_FACTOR, add: phi }, ops.block)
      g.op('Mul', [dy, ops.reshape(slope, ...dims)], {}, { outputs: [dx] })
    } else {
      // Twice the slope: a product with a number takes less time than another convolution.
      const twice = scaled(ops, { x: flat(ratio), factor: 2 * RATIO_FACTOR, bias: 1, add: flat(erf) }, ops.block)
      const product = ops.mul(dy, ops.reshape(twice, ...dims))
      g.op('Mul', [product, ops.number(0.5)], {}, { outputs: [dx] })
    }
  },
}
