import { axesOf, restoreAxes } from '../support/reduction.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of a sum along axes: dY, repeated along them. */
export const ReduceSum = gradientRule({
  operator: 'ReduceSum',
  inputs: ['data', 'axes'],
  gradient: (c) => ({
    data: () => c.g.op('Expand', [restoreAxes(c, c.dy, axesOf(c)), c.g.op('Shape', [c.node.inputs[0]])]),
  }),
})
