import { floatAttribute, intAttribute } from '../../onnx/graph/graph.js'
import { reduceSum } from '../support/broadcast.js'
import { normalized, perChannel, throughStatistics } from '../support/normalization.js'
import { reshapeLike } from '../support/reshape.js'
import { gradientRule } from '../support/rule.js'
import { unsupported } from '../support/unsupported.js'

/** The operator set in which scale and bias have one element for each channel. Before it, one for each group. */
const PER_CHANNEL = 21

/** The gradient of group normalization: each group of channels of an image has its own mean and deviation. */
export const GroupNormalization = gradientRule({
  operator: 'GroupNormalization',
  inputs: ['X', 'scale', 'bias'],
  gradient: (c) => {
    if (c.opset < PER_CHANNEL) throw unsupported(c, `operator set ${c.opset}: one scale for each group`)
    const [x, scale] = c.node.inputs as [string, string]
    const image = c.shape(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]))
    const grouped = (value: string) =>
      c.g.op('Reshape', [value, c.g.ints(0, intAttribute(c.node, 'num_groups', 1), -1)])
    const statistics = normalized(c, grouped(x), [2], floatAttribute(c.node, 'epsilon', 1e-5))
    return {
      X: () => {
        const scaled = c.g.op('Mul', [c.dy, perChannel(c, scale, image)])
        return reshapeLike(c, throughStatistics(c, grouped(scaled), statistics, [2]), x)
      },
      scale: () => reduceSum(c, c.g.op('Mul', [c.dy, reshapeLike(c, statistics.hat, x)]), [0, ...image], false),
      bias: () => reduceSum(c, c.dy, [0, ...image], false),
    }
  },
})
