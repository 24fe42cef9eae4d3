import { pointwise } from '../support/pointwise.js'

/** The gradient of the absolute value: dX = dY sign(X), 0 at 0. */
export const Abs = pointwise('Abs', (c, x) => c.g.op('Sign', [x]))
