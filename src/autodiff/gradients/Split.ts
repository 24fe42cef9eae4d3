import { intAttribute } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of Split: those of its outputs, joined, with zeros for an output that nothing reads. */
export const Split = gradientRule({
  operator: 'Split',
  inputs: ['input', 'split'],
  // The zeros have the shape of the output, so each needs a name.
  trainingForm: (node, { g }) => ({ ...node, outputs: node.outputs.map((output) => output || g.fresh('unread')) }),
  readsEveryOutput: true,
  gradient: (c) => ({
    input: () => {
      const { g, node, dys } = c
      const parts = node.outputs.map((output, i) => dys[i] ?? g.op('ConstantOfShape', [g.op('Shape', [output])]))
      return g.op('Concat', parts, { axis: intAttribute(node, 'axis', 0) })
    },
  }),
})
