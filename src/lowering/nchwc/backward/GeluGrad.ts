import { MS } from '../../../onnx/graph/graph.js'
import { sizeOf } from '../../../onnx/graph/tensor.js'
import { RATIO_FACTOR, slopeParts } from '../../portable/support/geluSlope.js'
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
    values.makePlain(dy)
    values.makePlain(x)
    const dims = official.dims(x)
    const columns = dims.at(-1)! / ops.block
    const flat = (value: string) => ops.reshape(value, 1, ops.block, sizeOf(dims) / dims.at(-1)!, columns)
    const { erf, ratio } = slopeParts(g, x)
    const twice = ops.conv(
      {
        x: flat(ratio),
        w: ops.depthwiseFilter(ops.block, [RATIO_FACTOR], [1, 1]),
        bias: g.floats(...Array(ops.block).fill(1)),
        add: flat(erf),
      },
      { kernel_shape: [1, 1], group: ops.block },
    )
    const product = ops.mul(dy, ops.reshape(twice, ...dims))
    g.op('Mul', [product, ops.number(0.5)], {}, { outputs: [node.outputs[0]!] })
  },
}
