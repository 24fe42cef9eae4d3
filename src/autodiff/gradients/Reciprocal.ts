import { pointwise } from '../support/pointwise.js'

/** The gradient of the reciprocal: dX = -dY Y^2. */
export const Reciprocal = pointwise('Reciprocal', (c, _, y) => c.g.op('Neg', [c.g.op('Mul', [y, y])]))
