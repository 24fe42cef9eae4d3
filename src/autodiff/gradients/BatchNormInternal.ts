import { floatAttribute, MS } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of batch norm in train mode: com.microsoft.BatchNormalizationGrad. Inputs dY, X, scale, batch mean, 1 /
 * batch deviation; outputs dX, dScale, dB.
 */
export const BatchNormInternal = gradientRule({
  operator: `${MS}:BatchNormInternal`,
  inputs: ['X', 'scale', 'B', 'input_mean', 'input_var'],
  gradient: (c) => {
    const [x, scale] = c.node.inputs
    const [, , , mean, inverseDeviation] = c.node.outputs
    const epsilon = floatAttribute(c.node, 'epsilon', 1e-5)
    const inputs = [c.dy, x, scale, mean, inverseDeviation]
    const [dX, dScale, dB] = c.g.ops('BatchNormalizationGrad', inputs, { epsilon }, { domain: MS, outputs: 3 })
    return { X: () => dX, scale: () => dScale, B: () => dB }
  },
})
