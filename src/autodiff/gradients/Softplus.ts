import { pointwise } from '../support/pointwise.js'

/** The gradient of softplus, log(1 + exp(X)): dX = dY sigmoid(X). */
export const Softplus = pointwise('Softplus', (c, x) => c.g.op('Sigmoid', [x]))
