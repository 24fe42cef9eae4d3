import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of the largest elements: dY at their places, which the second output names. */
export const TopK = gradientRule({
  operator: 'TopK',
  inputs: ['X', 'K'],
  trainingForm: (node, { g, differentiated }) => {
    const [values, indices] = node.outputs
    return differentiated ? { ...node, outputs: [values!, indices || g.fresh(`${values}_indices`)] } : node
  },
  gradient: (c) => ({
    X: () => {
      const inputs = [c.dy, c.g.op('Shape', [c.node.inputs[0]]), c.node.outputs[1]]
      return c.g.op('GatherElementsGrad', inputs, { axis: intAttribute(c.node, 'axis', -1) }, { domain: MS })
    },
  }),
})
