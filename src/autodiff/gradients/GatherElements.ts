import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of GatherElements: com.microsoft.GatherElementsGrad adds each dY to the element that was gathered. */
export const GatherElements = gradientRule({
  operator: 'GatherElements',
  inputs: ['data', 'indices'],
  gradient: (c) => ({
    data: () => {
      const [data, indices] = c.node.inputs
      const inputs = [c.dy, c.g.op('Shape', [data]), indices]
      return c.g.op('GatherElementsGrad', inputs, { axis: intAttribute(c.node, 'axis', 0) }, { domain: MS })
    },
  }),
})
