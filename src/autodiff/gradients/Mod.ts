import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of the remainder Y = A - n B, with the whole number n of B in A: dA = dY, dB = -n dY. */
export const Mod = gradientRule({
  operator: 'Mod',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return {
      A: () => sumToInput(c, c.dy, a),
      B: () => {
        const minusN = c.g.op('Div', [c.g.op('Sub', [c.node.outputs[0], a]), b])
        return sumToInput(c, c.g.op('Mul', [c.dy, minusN]), b)
      },
    }
  },
})
