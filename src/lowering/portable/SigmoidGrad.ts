import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** dX = dY * Y * (1 - Y), from the output Y of the sigmoid. */
export const SigmoidGrad: Lowering = {
  operator: `${MS}:SigmoidGrad`,
  lower(node, c) {
    const [dY, y] = node.inputs
    const slope = c.g.op('Mul', [y, c.g.op('Sub', [c.g.scalar(1), y])])
    c.define(node.outputs[0]!, 'Mul', [dY, slope])
  },
}
