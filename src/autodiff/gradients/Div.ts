import { sumToInput } from '../support/broadcast.js'
import type { GradientRule } from '../support/rule.js'

/** Y = A / B: dA = dY / B, dB = -(dY / B) Y, summed over what was broadcast. */
export const divRule: GradientRule = {
  opType: 'Div',
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    const quotient = c.g.op('Div', [c.dy, b])
    const y = c.node.outputs[0]
    return [
      c.wants(0) ? sumToInput(c, quotient, a) : undefined,
      c.wants(1) ? c.g.op('Neg', [sumToInput(c, c.g.op('Mul', [quotient, y]), b)]) : undefined,
    ]
  },
}
