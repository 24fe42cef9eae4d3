import { MS } from '../../onnx/graph/graph.js'
import { emit } from '../support/emit.js'
import { gradientRule } from '../support/rule.js'

/**
 * com.microsoft.SoftmaxCrossEntropyLossGrad: inputs dY, log probabilities, labels and, where there are any, class weights.
 * Its attributes are those of the loss.
 */
export const SoftmaxCrossEntropyLoss = gradientRule({
  operator: 'SoftmaxCrossEntropyLoss',
  inputs: ['scores', 'labels', 'weights'],
  gradient: (c) => ({
    scores: () => {
      const [, labels, weights] = c.node.inputs
      const inputs = [c.dy, c.node.outputs[1]!, labels!, ...(weights ? [weights] : [])]
      return emit(c, 'SoftmaxCrossEntropyLossGrad', inputs, c.node.attributes, { domain: MS })[0]
    },
  }),
})
