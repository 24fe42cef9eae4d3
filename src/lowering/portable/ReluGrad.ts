import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'
import { HUGE_SLOPE } from './support/mask.js'

/**
 * dX = dY where X > 0, else 0 (X may also be the output of the Relu). The mask is a HardSigmoid steep enough to be a
 * step: one pass over memory, where Where and Sign take five.
 */
export const ReluGrad: Lowering = {
  operator: `${MS}:ReluGrad`,
  lower(node, c) {
    const [dY, x] = node.inputs
    c.define(node.outputs[0]!, 'Mul', [c.g.op('HardSigmoid', [x], { alpha: HUGE_SLOPE, beta: 0 }), dY])
  },
}
