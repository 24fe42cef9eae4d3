import { MS } from '../../onnx/graph/graph.js'
import { countOfMean } from '../support/countOfMean.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of global average pooling: dY / (H * W), repeated over H and W. */
export const GlobalAveragePool = gradientRule({
  operator: 'GlobalAveragePool',
  inputs: ['X'],
  gradient: (c) => ({
    X: () => {
      const scaled = c.g.op('Scale', [c.dy, countOfMean(c)], { scale_down: 1 }, { domain: MS })
      return c.g.op('Expand', [scaled, c.g.op('Shape', [c.node.inputs[0]])])
    },
  }),
})
