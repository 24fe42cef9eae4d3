import { floatAttribute } from '../../onnx/graph/graph.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of HardSigmoid, Y = max(0, min(1, alpha X + beta)): dX = alpha dY where 0 < Y < 1, 0 elsewhere. */
export const HardSigmoid = gradientRule({
  operator: 'HardSigmoid',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const y = c.node.outputs[0]
      const alpha = c.g.scalar(floatAttribute(c.node, 'alpha', 0.2))
      // Y (1 - Y) is positive exactly between the limits.
      const bump = c.g.op('Mul', [y, c.g.op('Sub', [c.g.scalar(1), y])])
      const inside = c.g.op('Cast', [c.g.op('Greater', [bump, c.g.scalar(0)])], { to: CAST_TO.float32 })
      return c.g.op('Mul', [c.dy, c.g.op('Mul', [inside, alpha])])
    },
  }),
})
