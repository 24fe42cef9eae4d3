import { intAttribute, MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** dX = Y * (dY - sum over the axis of dY * Y), from the output Y of the softmax. */
export const SoftmaxGrad_13: Lowering = {
  operator: `${MS}:SoftmaxGrad_13`,
  lower(node, c) {
    const { g } = c
    const [dY, y] = node.inputs
    const axis = g.ints(intAttribute(node, 'axis', -1))
    const mean = g.op('ReduceSum', [g.op('Mul', [dY, y]), axis], { keepdims: 1 })
    c.define(node.outputs[0]!, 'Mul', [y, g.op('Sub', [dY, mean])])
  },
}
