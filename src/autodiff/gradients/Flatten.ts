import { reshapeLike } from '../support/reshape.js'
import type { GradientRule } from '../support/rule.js'

/** dY in the shape of X. */
export const flattenRule: GradientRule = {
  opType: 'Flatten',
  gradient: (c) => [reshapeLike(c, c.dy, c.node.inputs[0]!)],
}
