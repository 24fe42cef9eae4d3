import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of a choice: dY for the value that was chosen, 0 for the other. */
export const Where = gradientRule({
  operator: 'Where',
  inputs: ['condition', 'X', 'Y'],
  gradient: (c) => {
    const [condition, x, y] = c.node.inputs as [string, string, string]
    const zero = c.g.scalar(0)
    return {
      X: () => sumToInput(c, c.g.op('Where', [condition, c.dy, zero]), x),
      Y: () => sumToInput(c, c.g.op('Where', [condition, zero, c.dy]), y),
    }
  },
})
