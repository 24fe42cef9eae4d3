import { reducedSlope } from '../support/reducedSlope.js'

/** The gradient of the sum of absolute values: dX = dY sign(X). */
export const ReduceL1 = reducedSlope('ReduceL1', ({ g }, x) => g.op('Sign', [x]))
