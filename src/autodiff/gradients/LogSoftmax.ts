import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { reduceSum } from '../support/broadcast.js'
import { gradientRule } from '../support/rule.js'
import { softmaxAxes } from '../support/softmaxAxes.js'

/**
 * The gradient of the logarithm of softmax: com.microsoft.LogSoftmaxGrad_13, dX = dY - exp(Y) sum(dY). That operator has
 * the axis of operator set 13 and later; before, a softmax was over several axes.
 */
export const LogSoftmax = gradientRule({
  operator: 'LogSoftmax',
  inputs: ['input'],
  gradient: (c) => ({
    input: () => {
      const y = c.node.outputs[0]
      if (c.opset >= 13) {
        const axis = intAttribute(c.node, 'axis', -1)
        return c.g.op('LogSoftmaxGrad_13', [c.dy, y], { axis }, { domain: MS })
      }
      const sum = reduceSum(c, c.dy, softmaxAxes(c), true)
      return c.g.op('Sub', [c.dy, c.g.op('Mul', [c.g.op('Exp', [y]), sum])])
    },
  }),
})
