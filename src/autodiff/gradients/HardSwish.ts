import { CAST_TO } from '../../onnx/graph/tensor.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of HardSwish, Y = X h(X) with h(X) = max(0, min(1, X / 6 + 1 / 2)): dX = dY (h(X) + X / 6) where
 * |X| < 3, dY h(X) elsewhere.
 */
export const HardSwish = gradientRule({
  operator: 'HardSwish',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const { g } = c
      const x = c.node.inputs[0]
      const h = g.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 })
      const inside = g.op('Cast', [g.op('Less', [g.op('Abs', [x]), g.scalar(3)])], { to: CAST_TO.float32 })
      const slope = g.op('Mul', [g.op('Mul', [x, inside]), g.scalar(1 / 6)])
      return g.op('Mul', [c.dy, g.op('Add', [h, slope])])
    },
  }),
})
