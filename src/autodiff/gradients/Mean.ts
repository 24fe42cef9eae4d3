import { sumToInput } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of the mean of several values: dY / count for each, summed over the broadcast axes. */
export const Mean = gradientRule({
  operator: 'Mean',
  inputs: ['data_0'],
  gradient: (c) => {
    const share = c.g.op('Mul', [c.dy, c.g.scalar(1 / c.node.inputs.length)])
    return { data_0: (place) => sumToInput(c, share, c.node.inputs[place]!) }
  },
})
