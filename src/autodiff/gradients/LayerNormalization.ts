import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of layer normalization: com.microsoft.LayerNormalizationGrad. Inputs dY, X, scale, mean, 1 / deviation;
 * outputs dX, dScale, dB. In a training graph the forward node puts out mean and 1 / deviation.
 */
export const LayerNormalization = gradientRule({
  operator: 'LayerNormalization',
  inputs: ['X', 'Scale', 'B'],
  trainingForm: (node, { g, differentiated }) => {
    if (!differentiated) return node
    const [y, mean, inverse] = node.outputs
    return { ...node, outputs: [y!, mean || g.fresh(`${y}_mean`), inverse || g.fresh(`${y}_inv_std`)] }
  },
  gradient: (c) => {
    const [x, scale] = c.node.inputs
    const [, mean, inverse] = c.node.outputs
    const axis = intAttribute(c.node, 'axis', -1)
    const inputs = [c.dy, x, scale, mean, inverse]
    const [dX, dScale, dB] = c.g.ops('LayerNormalizationGrad', inputs, { axis }, { domain: MS, outputs: 3 })
    return { X: () => dX, Scale: () => dScale, B: () => dB }
  },
})
