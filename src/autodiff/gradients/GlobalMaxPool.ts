import { shareAlong } from '../support/extremum.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of global max pooling: dY goes to the maximum of each map, in equal shares if there are several. */
export const GlobalMaxPool = gradientRule({
  operator: 'GlobalMaxPool',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const axes = c.shape(c.node.inputs[0]!).flatMap((_, axis) => (axis < 2 ? [] : [axis]))
      return shareAlong(c, { y: c.node.outputs[0]!, dy: c.dy, axes })
    },
  }),
})
