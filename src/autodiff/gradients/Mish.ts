import { pointwise } from '../support/pointwise.js'

/** The gradient of Mish, Y = X T with T = tanh(softplus(X)): dX = dY (T + X sigmoid(X) (1 - T^2)). */
export const Mish = pointwise('Mish', ({ g }, x) => {
  const t = g.op('Tanh', [g.op('Softplus', [x])])
  const inner = g.op('Mul', [g.op('Mul', [x, g.op('Sigmoid', [x])]), g.op('Sub', [g.scalar(1), g.op('Mul', [t, t])])])
  return g.op('Add', [t, inner])
})
