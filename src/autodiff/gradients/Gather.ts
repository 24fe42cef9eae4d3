import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Gather: com.microsoft.GatherGrad adds each slice of dY to where it was gathered from. */
export const Gather = gradientRule({
  operator: 'Gather',
  inputs: ['data', 'indices'],
  gradient: (c) => ({
    data: () => {
      const [data, indices] = c.node.inputs
      const inputs = [c.g.op('Shape', [data]), indices, c.dy]
      return c.g.op('GatherGrad', inputs, { axis: intAttribute(c.node, 'axis', 0) }, { domain: MS })
    },
  }),
})
