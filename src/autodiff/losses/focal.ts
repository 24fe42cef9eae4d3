import type { GraphBuilder } from '../../onnx/builder.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { ofTargets, surprises } from './binaryCrossEntropy.js'
import { type CheckedLossOf, demandWeightOfEach, type LossValues } from './Loss.js'
import { denseTargets, logitsShape, oneHot, perClass, reduced } from './support.js'

/** Adds -w (1 - p)^gamma log p of each example, where p is the softmax at its class and w the weight of that class. */
export function addFocal(g: GraphBuilder, values: LossValues, loss: CheckedLossOf<'focal'>): void {
  const shape = logitsShape(g, values.logits)
  demandWeightOfEach(loss.classWeights, shape[1])
  const targets = oneHot(g, values, shape)
  const logProbabilities = g.op('LogSoftmax', [values.logits], { axis: 1 })
  const weighted = loss.classWeights
    ? g.op('Mul', [targets, g.constant(float32(loss.classWeights, perClass(shape)))])
    : targets
  const entropy = g.op('Neg', [overClasses(g, g.op('Mul', [weighted, logProbabilities]))])
  if (loss.gamma === 0) return void reduced(g, entropy, loss.reduction, values.names)
  // The sum over the other classes is 1 - p, and exact where p is almost 1.
  const others = g.op('Sub', [g.scalar(1), targets])
  const rest = overClasses(g, g.op('Mul', [others, g.op('Softmax', [values.logits], { axis: 1 })]))
  const focused = g.op('Mul', [g.op('Pow', [rest, g.scalar(loss.gamma)]), entropy])
  reduced(g, focused, loss.reduction, values.names)
}

const overClasses = (g: GraphBuilder, value: string): string => g.op('ReduceSum', [value, g.ints(1)], { keepdims: 0 })

/**
 * Adds a (1 - q)^gamma -log q of each logit, where q is the probability of its target: its sigmoid s, or 1 - s. The
 * power is computed from log(1 - q), which neither underflows nor has an infinite slope.
 */
export function addSigmoidFocal(g: GraphBuilder, values: LossValues, loss: CheckedLossOf<'sigmoidFocal'>): void {
  const { gamma, alpha, reduction } = loss
  const targets = denseTargets(g, values)
  const both = { positive: targets, targets }
  const { missed, mistaken } = surprises(g, values.logits)
  const entropy = ofTargets(g, both, missed, mistaken)
  const power = g.op('Exp', [g.op('Mul', [ofTargets(g, both, mistaken, missed), g.scalar(-gamma)])])
  const focused = g.op('Mul', [power, entropy])
  const weights = alpha === undefined ? undefined : ofTargets(g, both, g.scalar(alpha), g.scalar(1 - alpha))
  reduced(g, weights ? g.op('Mul', [weights, focused]) : focused, reduction, values.names)
}
