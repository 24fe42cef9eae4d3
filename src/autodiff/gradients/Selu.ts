import { floatAttribute } from '../../onnx/graph/graph.js'
import { bySign, pointwise } from '../support/pointwise.js'

/** The gradient of SELU: dX = dY gamma where X > 0, dY gamma alpha exp(X) = dY (Y + gamma alpha) elsewhere. */
export const Selu = pointwise('Selu', (c, x, y) => {
  const alpha = floatAttribute(c.node, 'alpha', 1.6732631921768188)
  const gamma = floatAttribute(c.node, 'gamma', 1.0507010221481323)
  return bySign(c, x, c.g.scalar(gamma), c.g.op('Add', [y, c.g.scalar(gamma * alpha)]))
})
