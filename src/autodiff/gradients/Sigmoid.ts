import { gradientRule } from '../support/rule.js'

/** The gradient of the sigmoid: dX = dY Y (1 - Y). */
export const Sigmoid = gradientRule({
  operator: 'Sigmoid',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const y = c.node.outputs[0]
      const slope = c.g.op('Mul', [y, c.g.op('Sub', [c.g.scalar(1), y])])
      return c.g.op('Mul', [c.dy, slope])
    },
  }),
})
