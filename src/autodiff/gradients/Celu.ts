import { floatAttribute } from '../../onnx/graph/graph.js'
import { bySign, pointwise } from '../support/pointwise.js'

/** The gradient of CELU: dX = dY where X > 0, dY exp(X / alpha) = dY (Y / alpha + 1) elsewhere. */
export const Celu = pointwise('Celu', (c, x, y) => {
  const scaled = c.g.op('Mul', [y, c.g.scalar(1 / floatAttribute(c.node, 'alpha', 1))])
  return bySign(c, x, c.g.scalar(1), c.g.op('Add', [scaled, c.g.scalar(1)]))
})
