import { sumToInput } from '../support/broadcast.js'
import type { GradientRule } from '../support/rule.js'

/** dA = dB = dY, summed over what was broadcast. */
export const addRule: GradientRule = {
  opType: 'Add',
  gradient: (c) => c.node.inputs.map((input, i) => (c.wants(i) ? sumToInput(c, c.dy, input) : undefined)),
}
