import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of a sum of several values: dY for each, summed over the broadcast axes. */
export const Sum = gradientRule({
  operator: 'Sum',
  inputs: ['data_0'],
  gradient: (c) => ({ data_0: (place) => sumToInput(c, c.dy, c.node.inputs[place]!) }),
})
