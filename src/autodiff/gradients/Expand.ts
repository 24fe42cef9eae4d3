import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Expand: dY, summed over the axes along which X was repeated. */
export const Expand = gradientRule({
  operator: 'Expand',
  inputs: ['input', 'shape'],
  gradient: (c) => ({ input: () => sumToInput(c, c.dy, c.node.inputs[0]!) }),
})
