import { pointwise } from '../support/pointwise.js'

/** The gradient of the sine: dX = dY cos(X). */
export const Sin = pointwise('Sin', ({ g }, x) => g.op('Cos', [x]))
