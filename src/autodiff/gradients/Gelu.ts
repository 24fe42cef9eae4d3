import { MS } from '../../onnx/graph/graph.js'
import { isTanhGelu } from '../../onnx/isTanhGelu.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of GELU: com.microsoft.GeluGrad, or FastGeluGrad of its approximation by tanh. It became standard with
 * operator set 20; before, ONNX Runtime had it.
 */
export const Gelu = gradientRule({
  operator: 'Gelu',
  aliases: [`${MS}:FastGelu`, `${MS}:Gelu`],
  inputs: ['X'],
  gradient: (c) => {
    const gradient = isTanhGelu(c.node) ? 'FastGeluGrad' : 'GeluGrad'
    return { X: () => c.g.op(gradient, [c.dy, c.node.inputs[0]], {}, { domain: MS }) }
  },
})
