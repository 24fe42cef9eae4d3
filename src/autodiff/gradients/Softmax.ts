import { reduceSum } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'
import { softmaxAxes } from '../support/softmaxAxes.js'

/** The gradient of softmax: dX = Y (dY - sum(Y dY)), summed over the axes of the softmax. */
export const Softmax = gradientRule({
  operator: 'Softmax',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const y = c.node.outputs[0]
      const sum = reduceSum(c, c.g.op('Mul', [y, c.dy]), softmaxAxes(c), true)
      return c.g.op('Mul', [y, c.g.op('Sub', [c.dy, sum])])
    },
  }),
})
