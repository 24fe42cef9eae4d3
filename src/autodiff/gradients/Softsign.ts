import { pointwise } from '../support/pointwise.js'

/** The gradient of softsign, Y = X / (1 + |X|): dX = dY / (1 + |X|)^2 = dY (1 - |Y|)^2. */
export const Softsign = pointwise('Softsign', ({ g }, _, y) => {
  const root = g.op('Sub', [g.scalar(1), g.op('Abs', [y])])
  return g.op('Mul', [root, root])
})
