import { floatAttribute } from '../../onnx/graph/graph.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import { pointwise } from '../support/pointwise.js'

/** The gradient of a ReLU with another threshold: dX = dY where X > alpha, 0 elsewhere. */
export const ThresholdedRelu = pointwise('ThresholdedRelu', ({ g, node }, x) => {
  const alpha = g.scalar(floatAttribute(node, 'alpha', 1))
  return g.op('Cast', [g.op('Greater', [x, alpha])], { to: CAST_TO.float32 })
})
