import { floatAttribute } from '../../onnx/graph/graph.js'
import { reduceSum } from '../support/broadcast.js'
import { normalized, perChannel, throughStatistics } from '../support/normalization.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of instance normalization: each map has its own mean and deviation. */
export const InstanceNormalization = gradientRule({
  operator: 'InstanceNormalization',
  inputs: ['input', 'scale', 'B'],
  gradient: (c) => {
    const [x, scale] = c.node.inputs as [string, string]
    const axes = c.shape(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]))
    const { hat, inverse } = normalized(c, x, axes, floatAttribute(c.node, 'epsilon', 1e-5))
    return {
      input: () => {
        const scaled = c.g.op('Mul', [c.dy, perChannel(c, scale, axes)])
        return throughStatistics(c, scaled, { hat, inverse }, axes)
      },
      scale: () => reduceSum(c, c.g.op('Mul', [c.dy, hat]), [0, ...axes], false),
      B: () => reduceSum(c, c.dy, [0, ...axes], false),
    }
  },
})
