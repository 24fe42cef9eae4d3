import { reducedSlope } from '../support/reducedSlope.js'

/** The gradient of the sum of squares: dX = 2 X dY. */
export const ReduceSumSquare = reducedSlope('ReduceSumSquare', ({ g }, x) => g.op('Mul', [x, g.scalar(2)]))
