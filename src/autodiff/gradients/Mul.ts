import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of multiplication: dA = dY B, dB = dY A, summed over the broadcast axes. */
export const Mul = gradientRule({
  operator: 'Mul',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return {
      A: () => sumToInput(c, c.g.op('Mul', [c.dy, b]), a),
      B: () => sumToInput(c, c.g.op('Mul', [c.dy, a]), b),
    }
  },
})
