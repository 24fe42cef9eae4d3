import { intAttribute } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of sums up to each element: the sums of dY from there on. */
export const CumSum = gradientRule({
  operator: 'CumSum',
  inputs: ['x', 'axis'],
  gradient: (c) => ({
    x: () => {
      const [exclusive, reverse] = [intAttribute(c.node, 'exclusive', 0), 1 - intAttribute(c.node, 'reverse', 0)]
      return c.g.op('CumSum', [c.dy, c.node.inputs[1]], { exclusive, reverse })
    },
  }),
})
