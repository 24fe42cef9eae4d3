import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of subtraction: dA = dY, dB = -dY, summed over the broadcast axes. */
export const Sub = gradientRule({
  operator: 'Sub',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return { A: () => sumToInput(c, c.dy, a), B: () => c.g.op('Neg', [sumToInput(c, c.dy, b)]) }
  },
})
