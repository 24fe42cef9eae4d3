import { pointwise } from '../support/pointwise.js'

/** The gradient of the error function: dX = dY 2 / sqrt(pi) exp(-X^2). */
export const Erf = pointwise('Erf', ({ g }, x) =>
  g.op('Mul', [g.op('Exp', [g.op('Neg', [g.op('Mul', [x, x])])]), g.scalar(2 / Math.sqrt(Math.PI))]),
)
