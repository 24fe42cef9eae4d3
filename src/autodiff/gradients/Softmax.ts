import { intAttribute } from '../../onnx/graph/graph.js'
import { reduceSum } from '../support/broadcast.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of softmax: dX = Y (dY - sum(Y dY)), summed over the axes of the softmax. */
export const Softmax = gradientRule({
  operator: 'Softmax',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const y = c.node.outputs[0]
      const sum = reduceSum(c, c.g.op('Mul', [y, c.dy]), softmaxAxes(c), true)
      return c.g.op('Mul', [y, c.g.op('Sub', [c.dy, sum])])
    },
  }),
})

/** Returns the axes of the softmax: one since operator set 13; before, every axis from `axis` on, as one. */
function softmaxAxes(c: GradientContext): number[] {
  if (c.opset >= 13) return [intAttribute(c.node, 'axis', -1)]
  const rank = c.shape(c.node.inputs[0]!).length
  const axis = intAttribute(c.node, 'axis', 1)
  const first = axis < 0 ? axis + rank : axis
  return Array.from({ length: rank - first }, (_, i) => first + i)
}
