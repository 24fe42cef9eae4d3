import { pointwise } from '../support/pointwise.js'

/** The gradient of the cosine: dX = -dY sin(X). */
export const Cos = pointwise('Cos', ({ g }, x) => g.op('Neg', [g.op('Sin', [x])]))
