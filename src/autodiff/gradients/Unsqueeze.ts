import { reshapeLike } from '../support/reshape.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Unsqueeze: dY in the shape of X. */
export const Unsqueeze = gradientRule({
  operator: 'Unsqueeze',
  inputs: ['data', 'axes'],
  gradient: (c) => ({ data: () => reshapeLike(c, c.dy, c.node.inputs[0]!) }),
})
