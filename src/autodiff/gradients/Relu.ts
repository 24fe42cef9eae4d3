import { MS } from '../../onnx/graph/graph.js'
import type { GradientRule } from '../support/rule.js'

/** com.microsoft.ReluGrad: dY where Y > 0. */
export const reluRule: GradientRule = {
  opType: 'Relu',
  gradient: (c) => [c.g.op('ReluGrad', [c.dy, c.node.outputs[0]], {}, { domain: MS })],
}
