import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** dA = dY, dB = -dY, summed over what was broadcast. */
export const Sub = gradientRule({
  operator: 'Sub',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return { A: () => sumToInput(c, c.dy, a), B: () => c.g.op('Neg', [sumToInput(c, c.dy, b)]) }
  },
})
