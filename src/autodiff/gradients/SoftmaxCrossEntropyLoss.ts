import { MS } from '../../onnx/graph/graph.js'
import { emit } from '../support/emit.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of the loss: com.microsoft.SoftmaxCrossEntropyLossGrad. Inputs dY, log probabilities, labels and class
 * weights, if there are any. Its attributes are those of the loss.
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
