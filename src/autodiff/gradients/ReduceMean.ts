import { intAttribute, intsAttribute, MS } from '../../onnx/graph/graph.js'
import { unsqueeze } from '../support/broadcast.js'
import { countOfMean } from '../support/countOfMean.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of ReduceMean: dY / count, repeated over the axes. They are an input since operator set 18. */
export const ReduceMean = gradientRule({
  operator: 'ReduceMean',
  inputs: ['data', 'axes'],
  gradient: (c) => ({
    data: () => {
      const { g, node } = c
      const x = node.inputs[0]!
      const scaled = g.op('Scale', [withAxes(c), countOfMean(c)], { scale_down: 1 }, { domain: MS })
      return g.op('Expand', [scaled, g.op('Shape', [x])])
    },
  }),
})

/** Returns dY with the axes that the mean removed. Without a list it removed all, and a scalar needs none. */
function withAxes(c: GradientContext): string {
  const { g, node, dy } = c
  const axes = intsAttribute(node, 'axes')
  if (intAttribute(node, 'keepdims', 1) === 1) return dy
  if (axes) return unsqueeze(c, dy, axes)
  return node.inputs[1] ? g.op('Unsqueeze', [dy, node.inputs[1]]) : dy
}
