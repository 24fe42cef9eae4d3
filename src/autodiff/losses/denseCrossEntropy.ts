import type { GraphBuilder } from '../../onnx/builder.js'
import { CAST_TO, float32 } from '../../onnx/graph/tensor.js'
import { oneForZero } from '../../onnx/oneForZero.js'
import { type CheckedLossOf, demandWeightOfEach, type LossValues } from './Loss.js'
import { logitsShape, oneHot, perClass } from './support.js'

type CrossEntropy = CheckedLossOf<'crossEntropy'>

/**
 * Adds cross-entropy with a target for every class: -sum of w q log p, where w are the class weights and q the targets,
 * smoothed. Labels that are classes become targets 0 and 1; the label -1 has only zeros, and so it is ignored.
 */
export function addDenseCrossEntropy(g: GraphBuilder, values: LossValues, loss: CrossEntropy): void {
  const { logits, names } = values
  const shape = logitsShape(g, logits)
  const [name, logProbabilities] = names
  demandWeightOfEach(loss.classWeights, shape[1])
  const weights = loss.classWeights && g.constant(float32(loss.classWeights, perClass(shape)))
  const targets = loss.targets === 'classes' ? oneHot(g, values, shape) : g.input(values.labels, 'float32', shape)
  const smoothed = smooth(g, targets, loss, shape[1])
  const weighted = weights ? g.op('Mul', [smoothed, weights]) : smoothed
  g.op('LogSoftmax', [logits], { axis: 1 }, { outputs: [logProbabilities] })
  const losses = g.op('Mul', [logProbabilities, g.op('Neg', [weighted])])
  const isName = { outputs: [name] }
  if (loss.reduction === 'sum') return void g.op('ReduceSum', [losses], { keepdims: 0 }, isName)
  const divisor = loss.targets === 'classes' ? weightOf(g, targets, weights) : countOf(g, targets, shape[1])
  g.op('Div', [sum(g, losses), divisor], {}, isName)
}

/** Adds (1 - s) * targets + s / classes, where s is the smoothing; an ignored example keeps its zeros. */
function smooth(g: GraphBuilder, targets: string, { labelSmoothing, targets: kind }: CrossEntropy, classes: number) {
  if (labelSmoothing === 0) return targets
  const kept = g.op('Mul', [targets, g.scalar(1 - labelSmoothing)])
  const even = g.scalar(labelSmoothing / classes)
  if (kind === 'probabilities') return g.op('Add', [kept, even])
  const isCounted = g.op('ReduceSum', [targets, g.ints(1)], { keepdims: 1 })
  return g.op('Add', [kept, g.op('Mul', [isCounted, even])])
}

const sum = (g: GraphBuilder, value: string): string => g.op('ReduceSum', [value], { keepdims: 0 })

/** Adds the weight of all examples together, or 1 if every one is ignored. */
function weightOf(g: GraphBuilder, targets: string, weights: string | undefined): string {
  return oneForZero(g, sum(g, weights ? g.op('Mul', [targets, weights]) : targets))
}

/** Adds the number of examples. */
function countOf(g: GraphBuilder, targets: string, classes: number): string {
  const ones = g.op('Cast', [g.op('Equal', [targets, targets])], { to: CAST_TO.float32 })
  return g.op('Div', [sum(g, ones), g.scalar(classes)])
}
