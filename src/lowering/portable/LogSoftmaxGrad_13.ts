import { intAttribute, MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** dX = dY - exp(Y) * sum over the axis of dY, from the output Y of the log softmax. */
export const LogSoftmaxGrad_13: Lowering = {
  operator: `${MS}:LogSoftmaxGrad_13`,
  lower(node, c) {
    const { g } = c
    const [dY, y] = node.inputs
    const sum = g.op('ReduceSum', [dY, g.ints(intAttribute(node, 'axis', -1))], { keepdims: 1 })
    c.define(node.outputs[0]!, 'Sub', [dY, g.op('Mul', [g.op('Exp', [y]), sum])])
  },
}
