import { MS, type Node } from '../../onnx/graph/graph.js'
import { CAST_TO, int64 } from '../../onnx/graph/tensor.js'
import { classNumbers, divisor, type Labels, readLabels, reductionOf } from './support/crossEntropy.js'
import { type Lowering, type LoweringContext, range } from './support/lowering.js'

/**
 * The gradient of the loss. Inputs dY, log probabilities, labels, class weights; dScores = (softmax - one hot) * weight
 * * dY, over the divisor of a mean.
 */
export const SoftmaxCrossEntropyLossGrad: Lowering = {
  operator: `${MS}:SoftmaxCrossEntropyLossGrad`,
  lower: (node, c) => lowerGradient(node, c, undefined, undefined),
}

/** The same with two more inputs: the ignored label, and a tensor that is added to the result. */
export const SoftmaxCrossEntropyLossInternalGrad: Lowering = {
  operator: `${MS}:SoftmaxCrossEntropyLossInternalGrad`,
  lower: (node, c) => lowerGradient(node, c, node.inputs[4], node.inputs[5]),
}

function lowerGradient(node: Node, c: LoweringContext, ignoreIndex?: string, addend?: string): void {
  const { g } = c
  const [dY, logProbabilities, labels, weight] = node.inputs as [string, string, string, string | undefined]
  const read = readLabels(c, node, { labels, weight, ignoreIndex })
  const wrong = g.op('Sub', [g.op('Exp', [logProbabilities]), oneHot(c, node, read, logProbabilities)])
  const factor = g.op('Unsqueeze', [g.op('Mul', [read.weights, sampleGradient(c, node, dY, read)]), g.ints(1)])
  if (addend) c.define(node.outputs[0]!, 'Add', [g.op('Mul', [wrong, factor]), addend])
  else c.define(node.outputs[0]!, 'Mul', [wrong, factor])
}

/** Returns the gradient of the loss of one sample: a scalar, or with reduction none one for each. */
function sampleGradient(c: LoweringContext, node: Node, dY: string, labels: Labels): string {
  return reductionOf(node) === 'mean' ? c.g.op('Div', [dY, divisor(c, labels)]) : dY
}

/** Returns float32 in the shape of the scores: 1 at the class of the sample. A comparison with 0, 1, ..., C - 1. */
function oneHot(c: LoweringContext, node: Node, { classes }: Labels, scores: string): string {
  const { g } = c
  const [, count, ...spatial] = c.shape(scores, node)
  const asColumn = (numbers: string) =>
    spatial.length ? g.op('Unsqueeze', [numbers, g.ints(...range(spatial.length, 1))]) : numbers
  const numbers =
    typeof count === 'number'
      ? classNumbers(c, range(count), [count, ...spatial.map(() => 1)])
      : asColumn(countUp(c, scores))
  return g.op('Cast', [g.op('Equal', [g.op('Unsqueeze', [classes, g.ints(1)]), numbers])], { to: CAST_TO.float32 })
}

function countUp({ g, strategies }: LoweringContext, scores: string): string {
  const end = g.op('Squeeze', [g.op('Shape', [scores], { start: 1, end: 2 })])
  const numbers = g.op('Range', [g.constant(int64([0], [])), end, g.constant(int64([1], []))])
  return strategies.wholeNumbers === 'int64' ? numbers : g.op('Cast', [numbers], { to: CAST_TO.int32 })
}
