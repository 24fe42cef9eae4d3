import { pointwise } from '../support/pointwise.js'

/** The gradient of the tangent: dX = dY (1 + Y^2). */
export const Tan = pointwise('Tan', ({ g }, _, y) => g.op('Add', [g.op('Mul', [y, y]), g.scalar(1)]))
