import { pointwise } from '../support/pointwise.js'

/** The gradient of the square root: dX = dY / (2 Y). */
export const Sqrt = pointwise('Sqrt', (c, _, y) => c.g.op('Div', [c.g.scalar(0.5), y]))
