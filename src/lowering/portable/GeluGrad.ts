import { MS } from '../../onnx/graph/graph.js'
import { RATIO_FACTOR, slopeParts } from './support/geluSlope.js'
import type { Lowering } from './support/lowering.js'

/**
 * dX = dY * (Phi(X) + X * phi(X)) with the normal distribution Phi and its density phi (Hendrycks and Gimpel 2016), and
 * GELU itself, X * Phi(X), if `passes/recomputed` wants it.
 */
export const GeluGrad: Lowering = {
  operator: `${MS}:GeluGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, x] = node.inputs
    const [dX, y] = node.outputs
    const { erf, ratio } = slopeParts(g, x!)
    const phi = g.op('Mul', [g.op('Add', [erf, g.scalar(1)]), g.scalar(0.5)])
    if (y) c.define(y, 'Mul', [x, phi])
    const slope = g.op('Add', [phi, g.op('Mul', [ratio, g.scalar(RATIO_FACTOR)])])
    c.define(dX!, 'Mul', [dY, slope])
  },
}
