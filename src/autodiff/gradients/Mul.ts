import { sumToInput } from '../support/broadcast.js'
import type { GradientRule } from '../support/rule.js'

/** dA = dY B, dB = dY A, summed over what was broadcast. */
export const mulRule: GradientRule = {
  opType: 'Mul',
  gradient: (c) => {
    const [a, b] = c.node.inputs as [string, string]
    return [
      c.wants(0) ? sumToInput(c, c.g.op('Mul', [c.dy, b]), a) : undefined,
      c.wants(1) ? sumToInput(c, c.g.op('Mul', [c.dy, a]), b) : undefined,
    ]
  },
}
