import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** The factors of GELU's approximation, x / 2 (1 + tanh(LINEAR x + CUBIC x^3)) (Hendrycks and Gimpel 2016). */
const LINEAR = Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715 * LINEAR

/**
 * dX = dY * (1 + T + X (1 - T^2) (LINEAR + 3 CUBIC X^2)) / 2, with the tanh T of the approximation, and its value
 * X (1 + T) / 2, if `passes/recomputed` wants it.
 */
export const FastGeluGrad: Lowering = {
  operator: `${MS}:FastGeluGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, x] = node.inputs
    const [dX, y] = node.outputs
    const squared = g.op('Mul', [x, x])
    const times = (value: string, factor: number) => g.op('Mul', [value, g.scalar(factor)])
    const inner = g.op('Mul', [x, g.op('Add', [times(squared, CUBIC), g.scalar(LINEAR)])])
    const t = g.op('Tanh', [inner])
    const half = times(g.op('Add', [t, g.scalar(1)]), 0.5)
    if (y) c.define(y, 'Mul', [x, half])
    const innerSlope = g.op('Mul', [x, g.op('Add', [times(squared, 1.5 * CUBIC), g.scalar(LINEAR / 2)])])
    const outer = g.op('Mul', [innerSlope, g.op('Sub', [g.scalar(1), g.op('Mul', [t, t])])])
    c.define(dX!, 'Mul', [dY, g.op('Add', [half, outer])])
  },
}
