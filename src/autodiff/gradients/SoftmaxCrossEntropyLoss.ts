import { MS } from '../../onnx/graph/graph.js'
import { emit } from '../support/emit.js'
import type { GradientRule } from '../support/rule.js'

/**
 * com.microsoft.SoftmaxCrossEntropyLossGrad: inputs dY, log probabilities, labels and, where there are any, class weights.
 * Its attributes are those of the loss.
 */
export const softmaxCrossEntropyLossRule: GradientRule = {
  opType: 'SoftmaxCrossEntropyLoss',
  gradient: (c) => {
    const [, labels, weights] = c.node.inputs
    const inputs = [c.dy, c.node.outputs[1]!, labels!, ...(weights ? [weights] : [])]
    return emit(c, 'SoftmaxCrossEntropyLossGrad', inputs, c.node.attributes, { domain: MS })
  },
}
