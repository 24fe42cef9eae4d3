import { reshapeLike } from '../support/reshape.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Reshape: dY in the shape of X. */
export const Reshape = gradientRule({
  operator: 'Reshape',
  inputs: ['data', 'shape'],
  gradient: (c) => ({ data: () => reshapeLike(c, c.dy, c.node.inputs[0]!) }),
})
