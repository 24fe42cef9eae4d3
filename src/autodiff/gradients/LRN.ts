import { floatAttribute, intAttribute } from '../../onnx/graph/graph.js'
import { reshapeLike } from '../support/reshape.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/**
 * The gradient of local response normalization, Y = X S^-beta with S = bias + alpha / size * (sum of X^2 over the
 * neighbouring channels): dX = dY S^-beta - 2 alpha beta / size * X * (sum of dY Y / S over the same
 * channels). ONNX Runtime has windows of an odd size alone, which reach as far on both sides.
 */
export const LRN = gradientRule({
  operator: 'LRN',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const { g } = c
      const [x, y] = [c.node.inputs[0]!, c.node.outputs[0]!]
      const [alpha, beta] = [floatAttribute(c.node, 'alpha', 1e-4), floatAttribute(c.node, 'beta', 0.75)]
      const size = intAttribute(c.node, 'size', 1)
      const squares = channelMean(c, g.op('Mul', [x, x]), size)
      const s = g.op('Add', [g.op('Mul', [squares, g.scalar(alpha)]), g.scalar(floatAttribute(c.node, 'bias', 1))])
      const direct = g.op('Mul', [c.dy, g.op('Pow', [s, g.scalar(-beta)])])
      const shared = channelMean(c, g.op('Div', [g.op('Mul', [c.dy, y]), s]), size)
      return g.op('Sub', [direct, g.op('Mul', [g.op('Mul', [x, shared]), g.scalar(2 * alpha * beta)])])
    },
  }),
})

/** Adds the mean over `size` neighbouring channels, missing ones being 0: average pooling with the channels as a row. */
function channelMean(c: GradientContext, value: string, size: number): string {
  const { g } = c
  const x = c.node.inputs[0]!
  const [channels] = c.staticShape(x, 1) as [number]
  const rows = g.op('Reshape', [value, g.ints(0, 1, channels, -1)])
  const reach = (size - 1) / 2
  const mean = g.op('AveragePool', [rows], {
    kernel_shape: [size, 1],
    pads: [reach, 0, reach, 0],
    count_include_pad: 1,
  })
  return reshapeLike(c, mean, x)
}
