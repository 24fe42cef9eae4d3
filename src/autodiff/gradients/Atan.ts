import { pointwise } from '../support/pointwise.js'

/** The gradient of the arctangent: dX = dY / (1 + X^2). */
export const Atan = pointwise('Atan', ({ g }, x) =>
  g.op('Reciprocal', [g.op('Add', [g.op('Mul', [x, x]), g.scalar(1)])]),
)
