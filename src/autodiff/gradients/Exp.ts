import { pointwise } from '../support/pointwise.js'

/** The gradient of the exponential function: dX = dY Y. */
export const Exp = pointwise('Exp', (_, __, y) => y)
