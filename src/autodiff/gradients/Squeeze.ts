import { reshapeLike } from '../support/reshape.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Squeeze: dY in the shape of X. */
export const Squeeze = gradientRule({
  operator: 'Squeeze',
  inputs: ['data', 'axes'],
  gradient: (c) => ({ data: () => reshapeLike(c, c.dy, c.node.inputs[0]!) }),
})
