import { reshapeLike } from '../support/reshape.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Flatten: dY in the shape of X. */
export const Flatten = gradientRule({
  operator: 'Flatten',
  inputs: ['input'],
  gradient: (c) => ({ input: () => reshapeLike(c, c.dy, c.node.inputs[0]!) }),
})
