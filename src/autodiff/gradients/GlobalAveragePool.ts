import { MS } from '../../onnx/graph/graph.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of global average pooling: dY / (H * W), repeated over H and W. */
export const GlobalAveragePool = gradientRule({
  operator: 'GlobalAveragePool',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const x = c.node.inputs[0]!
      const scaled = c.g.op('Scale', [c.dy, windowSize(c, x)], { scale_down: 1 }, { domain: MS })
      return c.g.op('Expand', [scaled, c.g.op('Shape', [x])])
    },
  }),
})

function windowSize(c: GradientContext, x: string): string {
  const window = c.knownShape(x)?.slice(2)
  if (window?.every((dim) => typeof dim === 'number'))
    return c.g.scalar(window.reduce<number>((size, dim) => size * (dim as number), 1))
  return c.g.op('Div', [c.g.op('Size', [x]), c.g.op('Size', [c.node.outputs[0]])])
}
