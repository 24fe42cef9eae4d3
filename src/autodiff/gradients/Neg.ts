import { gradientRule } from '../support/rule.js'

/** The gradient of negation: dX = -dY. */
export const Neg = gradientRule({
  operator: 'Neg',
  inputs: ['X'],
  gradient: (c) => ({ X: () => c.g.op('Neg', [c.dy]) }),
})
