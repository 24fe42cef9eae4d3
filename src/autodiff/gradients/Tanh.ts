import { gradientRule } from '../support/rule.js'

/** The gradient of tanh: dX = dY (1 - Y^2). */
export const Tanh = gradientRule({
  operator: 'Tanh',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const y = c.node.outputs[0]
      const slope = c.g.op('Sub', [c.g.scalar(1), c.g.op('Mul', [y, y])])
      return c.g.op('Mul', [c.dy, slope])
    },
  }),
})
