import { reducedSlope } from '../support/reducedSlope.js'

/** The gradient of log(sum(exp(X))): dX = dY exp(X - Y), a softmax. */
export const ReduceLogSumExp = reducedSlope('ReduceLogSumExp', ({ g }, x, y) => g.op('Exp', [g.op('Sub', [x, y])]))
