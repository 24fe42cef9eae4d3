import { MS } from '../../onnx/graph/graph.js'
import { RATIO_FACTOR, slopeParts } from './support/geluSlope.js'
import type { Lowering } from './support/lowering.js'

/**
 * dX = dY * (Phi(X) + X * phi(X)) with the normal distribution Phi and its density phi (Hendrycks and Gimpel 2016), which
 * is dY / 2 * (1 + erf(u) + 2 / sqrt(pi) * u / exp(u^2)) with u = X / sqrt(2).
 */
export const GeluGrad: Lowering = {
  operator: `${MS}:GeluGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, x] = node.inputs
    const { erf, ratio } = slopeParts(g, x!)
    const sum = g.op('Add', [erf, g.op('Mul', [ratio, g.scalar(RATIO_FACTOR)])])
    const slope = g.op('Mul', [g.op('Add', [sum, g.scalar(1)]), g.scalar(0.5)])
    c.define(node.outputs[0]!, 'Mul', [dY, slope])
  },
}
