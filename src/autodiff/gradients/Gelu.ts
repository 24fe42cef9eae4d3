import { MS, stringAttribute } from '../../onnx/graph/graph.js'
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
    const isApproximate = c.node.opType === 'FastGelu' || stringAttribute(c.node, 'approximate', 'none') === 'tanh'
    const gradient = isApproximate ? 'FastGeluGrad' : 'GeluGrad'
    return { X: () => c.g.op(gradient, [c.dy, c.node.inputs[0]], {}, { domain: MS }) }
  },
})
