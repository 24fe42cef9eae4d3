import { floatAttribute, MS, type Node } from '../../onnx/graph/graph.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of batch norm. It is in train mode if its scale or bias is trainable, or computed from a trainable
 * value: it then normalizes by the statistics of the batch (com.microsoft.BatchNormInternal) and outputs the running
 * ones. Otherwise it is in inference mode, a fixed affine map for each channel, whose gradient is the same map without
 * the shift.
 */
export const BatchNormalization = gradientRule({
  operator: 'BatchNormalization',
  inputs: ['X', 'scale', 'B', 'input_mean', 'input_var'],
  state: (node, dependsOnTrainable) => (isTrained(node, dependsOnTrainable) ? node.inputs.slice(3, 5) : []),
  inferenceForm,
  trainingForm: (node, { g, dependsOnTrainable }) => {
    if (!isTrained(node, dependsOnTrainable)) return inferenceForm(node)
    const [mean, variance] = node.inputs.slice(3, 5)
    const y = node.outputs[0]!
    const { epsilon, momentum } = node.attributes
    return {
      ...node,
      opType: 'BatchNormInternal',
      domain: MS,
      outputs: [y, `${mean}.out`, `${variance}.out`, g.fresh(`${y}_saved_mean`), g.fresh(`${y}_saved_inv_std`)],
      attributes: { ...(epsilon && { epsilon }), ...(momentum && { momentum }) },
    }
  },
  gradient: (c) => ({
    X: () => {
      const [, scale, , , variance] = c.node.inputs
      const channels = c.staticShape(scale!, 0)
      const zero = c.g.constant(float32(new Float32Array(channels[0]!), channels))
      const epsilon = floatAttribute(c.node, 'epsilon', 1e-5)
      return c.g.op('BatchNormalization', [c.dy, scale, zero, zero, variance], { epsilon })
    },
  }),
})

const isTrained = ({ inputs: [, scale, bias] }: Node, dependsOnTrainable: (value: string) => boolean): boolean =>
  dependsOnTrainable(scale!) || dependsOnTrainable(bias!)

function inferenceForm(node: Node): Node {
  const { training_mode, ...attributes } = node.attributes
  return { ...node, outputs: node.outputs.slice(0, 1), attributes }
}
