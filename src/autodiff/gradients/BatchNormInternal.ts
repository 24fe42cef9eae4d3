import { floatAttribute, MS } from '../../onnx/graph/graph.js'
import type { GradientRule } from '../support/rule.js'

/** com.microsoft.BatchNormalizationGrad: inputs dY, X, scale, batch mean, 1 / batch deviation; outputs dX, dScale, dB. */
export const batchNormInternalRule: GradientRule = {
  opType: 'BatchNormInternal',
  domain: MS,
  gradient: (c) => {
    const [x, scale] = c.node.inputs
    const [, , , mean, inverseDeviation] = c.node.outputs
    const epsilon = floatAttribute(c.node, 'epsilon', 1e-5)
    return c.g.ops(
      'BatchNormalizationGrad',
      [c.dy, x, scale, mean, inverseDeviation],
      { epsilon },
      { domain: MS, outputs: 3 },
    )
  },
}
