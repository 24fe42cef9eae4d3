import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of addition: dA = dB = dY, summed over the broadcast axes. */
export const Add = gradientRule({
  operator: 'Add',
  inputs: ['A', 'B'],
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return { A: () => sumToInput(c, c.dy, a), B: () => sumToInput(c, c.dy, b) }
  },
})
