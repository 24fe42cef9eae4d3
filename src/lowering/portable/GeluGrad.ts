import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** dX = dY * (Phi(X) + X * phi(X)) with the normal distribution Phi and its density phi (Hendrycks and Gimpel 2016). */
export const GeluGrad: Lowering = {
  operator: `${MS}:GeluGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, x] = node.inputs
    const erf = g.op('Erf', [g.op('Mul', [x, g.scalar(Math.SQRT1_2)])])
    const distribution = g.op('Mul', [g.op('Add', [erf, g.scalar(1)]), g.scalar(0.5)])
    const exponent = g.op('Mul', [g.op('Mul', [x, x]), g.scalar(-0.5)])
    const density = g.op('Mul', [g.op('Exp', [exponent]), g.scalar(1 / Math.sqrt(2 * Math.PI))])
    const slope = g.op('Add', [distribution, g.op('Mul', [x, density])])
    c.define(node.outputs[0]!, 'Mul', [dY, slope])
  },
}
