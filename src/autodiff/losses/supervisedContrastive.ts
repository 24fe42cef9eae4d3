import type { GraphBuilder } from '../../onnx/builder.js'
import { CAST_TO, int64 } from '../../onnx/graph/tensor.js'
import { type CheckedLoss, type CheckedLossOf, invalidLoss, type LossValues } from './Loss.js'

/** The number that is added to the square of a length, so that a vector of zeros has a gradient. */
const LEAST_SQUARE = 1e-8
/** Less than any similarity, and still exact enough as float32 beside them. */
const ITSELF = -1e9

/**
 * Adds (1 - w) L + w S: L is the cross-entropy of the logits, S the supervised contrastive loss of the features (Khosla
 * et al., 2020, arXiv 2004.11362, L_out): of each image -1/|P| times the sum of log p over the others P of its class,
 * where p is the softmax of the cosine similarities to all others, divided by the temperature. An image without others
 * of its class counts as 0.
 *
 * @param addLabelLoss adds the loss of the labels under the given names
 */
export function addSupervisedContrastive(
  g: GraphBuilder,
  values: LossValues,
  { features = values.logits, temperature, weight, reduction }: CheckedLossOf<'supervisedContrastive'>,
  addLabelLoss: (values: LossValues, loss: CheckedLoss) => void,
): void {
  const [name, ...names] = values.names
  const isWhole = weight === 1
  const ofLabels = g.fresh('of_labels')
  const vectors = directions(g, features)
  if (isWhole) g.input(values.labels, 'int64', [g.graph.info(features)?.shape?.[0] ?? null])
  else {
    const loss = { type: 'crossEntropy', reduction, labelSmoothing: 0, targets: 'classes' } as const
    addLabelLoss({ ...values, names: [ofLabels, ...names] }, loss)
  }
  const losses = ofImages(g, vectors, { labels: values.labels, temperature })
  const operator = reduction === 'sum' ? 'ReduceSum' : 'ReduceMean'
  if (isWhole) return void g.op(operator, [losses], { keepdims: 0 }, { outputs: [name] })
  const contrast = g.op(operator, [losses], { keepdims: 0 })
  const parts = [g.op('Mul', [ofLabels, g.scalar(1 - weight)]), g.op('Mul', [contrast, g.scalar(weight)])]
  g.op('Add', parts, {}, { outputs: [name] })
}

/** Adds the loss of each image, [N]. */
function ofImages(
  g: GraphBuilder,
  vectors: string,
  { labels, temperature }: { readonly labels: string; readonly temperature: number },
): string {
  const similarities = g.op('MatMul', [vectors, g.op('Transpose', [vectors], { perm: [1, 0] })])
  const itself = equal(g, numbers(g, labels))
  const others = g.op('Add', [
    g.op('Div', [similarities, g.scalar(temperature)]),
    g.op('Mul', [itself, g.scalar(ITSELF)]),
  ])
  const logProbabilities = g.op('LogSoftmax', [others], { axis: 1 })
  const sameClass = g.op('Sub', [equal(g, g.op('Cast', [labels], { to: CAST_TO.float32 })), itself])
  const sum = (value: string) => g.op('ReduceSum', [value, g.ints(1)], { keepdims: 0 })
  const count = g.op('Max', [sum(sameClass), g.scalar(1)])
  return g.op('Div', [sum(g.op('Mul', [logProbabilities, g.op('Neg', [sameClass])])), count])
}

/** Adds the vectors divided by their lengths; maps are averaged first, as in embeddings. */
function directions(g: GraphBuilder, features: string): string {
  const rank = g.graph.info(features)?.shape?.length
  if (rank !== 2 && rank !== 4) throw invalidLoss('features', features, 'a value [N, size] or [N, size, height, width]')
  const vectors = rank === 2 ? features : g.op('Flatten', [g.op('GlobalAveragePool', [features])])
  const square = g.op('ReduceSum', [g.op('Mul', [vectors, vectors]), g.ints(1)], { keepdims: 1 })
  return g.op('Div', [vectors, g.op('Sqrt', [g.op('Add', [square, g.scalar(LEAST_SQUARE)])])])
}

/** Adds 0, 1, ... as float32, a number for each label. */
function numbers(g: GraphBuilder, labels: string): string {
  const count = g.op('Squeeze', [g.op('Shape', [labels]), g.ints(0)])
  const range = g.op('Range', [g.constant(int64([0], [])), count, g.constant(int64([1], []))])
  return g.op('Cast', [range], { to: CAST_TO.float32 })
}

/** Adds a matrix of 1 where two of a list of numbers are equal, else 0. */
function equal(g: GraphBuilder, list: string): string {
  const [column, row] = [g.op('Unsqueeze', [list, g.ints(1)]), g.op('Unsqueeze', [list, g.ints(0)])]
  return g.op('Cast', [g.op('Equal', [column, row])], { to: CAST_TO.float32 })
}
