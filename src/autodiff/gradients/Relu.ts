import { MS } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/** The gradient of ReLU: com.microsoft.ReluGrad, dY where Y > 0. */
export const Relu = gradientRule({
  operator: 'Relu',
  inputs: ['X'],
  gradient: (c) => ({ X: () => c.g.op('ReluGrad', [c.dy, c.node.outputs[0]], {}, { domain: MS }) }),
})
