import { floatAttribute } from '../../onnx/graph/graph.js'
import { bySign, pointwise } from '../support/pointwise.js'

/** The gradient of ELU: dX = dY where X > 0, dY alpha exp(X) = dY (Y + alpha) elsewhere. */
export const Elu = pointwise('Elu', (c, x, y) => {
  const alpha = c.g.scalar(floatAttribute(c.node, 'alpha', 1))
  return bySign(c, x, c.g.scalar(1), c.g.op('Add', [y, alpha]))
})
