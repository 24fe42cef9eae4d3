import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of division, Y = A / B: dA = dY / B, dB = -(dY / B) Y, summed over the broadcast axes. */
export const Div = gradientRule({
  operator: 'Div',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    const quotient = c.g.op('Div', [c.dy, b])
    const y = c.node.outputs[0]
    return {
      A: () => sumToInput(c, quotient, a),
      B: () => c.g.op('Neg', [sumToInput(c, c.g.op('Mul', [quotient, y]), b)]),
    }
  },
})
