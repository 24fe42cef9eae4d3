import { intAttribute } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of the upper or lower part of a matrix: that part of dY. */
export const Trilu = gradientRule({
  operator: 'Trilu',
  inputs: ['input', 'k'],
  gradient: (c) => ({
    input: () => c.g.op('Trilu', [c.dy, c.node.inputs[1]], { upper: intAttribute(c.node, 'upper', 1) }),
  }),
})
