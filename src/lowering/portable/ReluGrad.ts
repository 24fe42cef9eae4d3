import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'
import { HUGE_SLOPE } from './support/mask.js'

/**
 * dX = dY where X > 0, else 0 (X may also be the output of the Relu). On a processor the mask is a HardSigmoid steep
 * enough to be a step: one pass over memory, where Where and Sign take five. On a GPU a comparison reads and writes less,
 * and no infinity occurs, which WGSL allows a device not to have.
 */
export const ReluGrad: Lowering = {
  operator: `${MS}:ReluGrad`,
  lower(node, c) {
    const { g, strategies } = c
    const [dY, x] = node.inputs
    const zero = () => g.scalar(0)
    if (strategies.mask === 'comparison')
      c.define(node.outputs[0]!, 'Where', [g.op('Greater', [x, zero()]), dY, zero()])
    else c.define(node.outputs[0]!, 'Mul', [g.op('HardSigmoid', [x], { alpha: HUGE_SLOPE, beta: 0 }), dY])
  },
}
