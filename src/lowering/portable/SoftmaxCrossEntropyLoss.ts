import { MS, type Node } from '../../onnx/graph/graph.js'
import { divisor, type Labels, readLabels, reductionOf } from './support/crossEntropy.js'
import type { Lowering, LoweringContext } from './support/lowering.js'

/**
 * The loss. Inputs scores, labels, class weights; outputs the loss and the log probabilities, which the gradient reads.
 */
export const SoftmaxCrossEntropyLoss: Lowering = {
  operator: 'SoftmaxCrossEntropyLoss',
  lower: (node, c) => lowerLoss(node, c, undefined),
}

/** The same with the ignored label as a fourth input. */
export const SoftmaxCrossEntropyLossInternal: Lowering = {
  operator: `${MS}:SoftmaxCrossEntropyLossInternal`,
  lower: (node, c) => lowerLoss(node, c, node.inputs[3]),
}

function lowerLoss(node: Node, c: LoweringContext, ignoreIndex: string | undefined): void {
  const { g } = c
  const [scores, labels, weight] = node.inputs as [string, string, string | undefined]
  const logProbabilities = node.outputs[1] || g.fresh('log_prob')
  c.define(logProbabilities, 'LogSoftmax', [scores], { axis: 1 })
  if (!node.outputs[0]) return

  const read = readLabels(c, node, { labels, weight, ignoreIndex })
  const ofClass = g.op('GatherElements', [logProbabilities, g.op('Unsqueeze', [read.classes, g.ints(1)])], { axis: 1 })
  const losses = g.op('Mul', [g.op('Neg', [g.op('Squeeze', [ofClass, g.ints(1)])]), read.weights])

  reduce(c, node, losses, read)
}

function reduce(c: LoweringContext, node: Node, losses: string, labels: Labels): void {
  const output = node.outputs[0]!
  const reduction = reductionOf(node)
  if (reduction === 'none') c.define(output, 'Identity', [losses])
  else if (reduction === 'sum') c.define(output, 'ReduceSum', [losses], { keepdims: 0 })
  else c.define(output, 'Div', [c.g.op('ReduceSum', [losses], { keepdims: 0 }), divisor(c, labels)])
}
