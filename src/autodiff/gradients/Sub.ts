import { sumToInput } from '../support/broadcast.js'
import type { GradientRule } from '../support/rule.js'

/** dA = dY, dB = -dY, summed over what was broadcast. */
export const subRule: GradientRule = {
  opType: 'Sub',
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return [
      c.wants(0) ? sumToInput(c, c.dy, a) : undefined,
      c.wants(1) ? c.g.op('Neg', [sumToInput(c, c.dy, b)]) : undefined,
    ]
  },
}
