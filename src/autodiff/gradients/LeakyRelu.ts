import { floatAttribute } from '../../onnx/graph/graph.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of leaky ReLU: dX = dY where X > 0, alpha dY elsewhere. */
export const LeakyRelu = gradientRule({
  operator: 'LeakyRelu',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const alpha = floatAttribute(c.node, 'alpha', 0.01)
      const positive = c.g.op('Cast', [c.g.op('Greater', [c.node.inputs[0], c.g.scalar(0)])], { to: CAST_TO.float32 })
      const slope = c.g.op('Add', [c.g.op('Mul', [positive, c.g.scalar(1 - alpha)]), c.g.scalar(alpha)])
      return c.g.op('Mul', [c.dy, slope])
    },
  }),
})
