import { sumToInput } from '../support/broadcast.js'
import { bySign } from '../support/pointwise.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of a ReLU with a learned slope: dX = dY where X > 0, slope dY elsewhere; dSlope = sum(dY min(X, 0)). */
export const PRelu = gradientRule({
  operator: 'PRelu',
  inputs: ['X', 'slope'],
  gradient: (c) => {
    const [x, slope] = c.node.inputs as [string, string]
    return {
      X: () => c.g.op('Mul', [c.dy, bySign(c, x, c.g.scalar(1), slope)]),
      slope: () => sumToInput(c, c.g.op('Mul', [c.dy, c.g.op('Min', [x, c.g.scalar(0)])]), slope),
    }
  },
})
