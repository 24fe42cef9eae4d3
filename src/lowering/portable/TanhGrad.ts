import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** dX = dY * (1 - Y^2), from the output Y of the tanh. */
export const TanhGrad: Lowering = {
  operator: `${MS}:TanhGrad`,
  lower(node, c) {
    const [dY, y] = node.inputs
    const slope = c.g.op('Sub', [c.g.scalar(1), c.g.op('Mul', [y, y])])
    c.define(node.outputs[0]!, 'Mul', [dY, slope])
  },
}
