import type { GraphBuilder } from '../../onnx/builder.js'
import { CAST_TO, int64 } from '../../onnx/graph/tensor.js'
import { type CheckedLoss, invalidLoss, type LossValues } from './Loss.js'

/** The number that is added to the square of a length, so that a vector of zeros has a gradient. */
const LEAST_SQUARE = 1e-8

/** The fields of a loss that compares the embeddings of images, beside the cross-entropy of the logits. */
interface Comparison {
  readonly features?: string | undefined
  readonly weight: number
  readonly reduction: 'mean' | 'sum'
}

/**
 * Adds (1 - w) L + w S: L is the cross-entropy of the logits, S a loss of the directions of the features.
 *
 * @param addLabelLoss adds the loss of the labels under the given names
 * @param addComparison adds the scalar S, under the given name if there is one
 */
export function addComparing(
  g: GraphBuilder,
  values: LossValues,
  { features = values.logits, weight, reduction }: Comparison,
  addLabelLoss: (values: LossValues, loss: CheckedLoss) => void,
  addComparison: (vectors: string, named: { readonly outputs?: string[] }) => string,
): void {
  const [name, ...names] = values.names
  const vectors = directions(g, features)
  if (weight === 1) {
    g.input(values.labels, 'int64', [g.graph.info(features)?.shape?.[0] ?? null])
    return void addComparison(vectors, { outputs: [name] })
  }
  const ofLabels = g.fresh('of_labels')
  const loss = { type: 'crossEntropy', reduction, labelSmoothing: 0, targets: 'classes' } as const
  addLabelLoss({ ...values, names: [ofLabels, ...names] }, loss)
  const compared = addComparison(vectors, {})
  const parts = [g.op('Mul', [ofLabels, g.scalar(1 - weight)]), g.op('Mul', [compared, g.scalar(weight)])]
  g.op('Add', parts, {}, { outputs: [name] })
}

/** Adds the vectors divided by their lengths; maps are averaged first, as in embeddings. */
function directions(g: GraphBuilder, features: string): string {
  const rank = g.graph.info(features)?.shape?.length
  if (rank !== 2 && rank !== 4) throw invalidLoss('features', features, 'a value [N, size] or [N, size, height, width]')
  const vectors = rank === 2 ? features : g.op('Flatten', [g.op('GlobalAveragePool', [features])])
  const square = g.op('ReduceSum', [g.op('Mul', [vectors, vectors]), g.ints(1)], { keepdims: 1 })
  return g.op('Div', [vectors, g.op('Sqrt', [g.op('Add', [square, g.scalar(LEAST_SQUARE)])])])
}

/** Adds the cosines of all pairs of directions, [N, N]. */
export const cosines = (g: GraphBuilder, vectors: string): string =>
  g.op('MatMul', [vectors, g.op('Transpose', [vectors], { perm: [1, 0] })])

/** The pairs of images of a batch as matrices [N, N] of zeros and ones. */
export interface Pairs {
  /** The pairs of an image and itself. */
  readonly itself: string
  /** The pairs of two images of one class. */
  readonly alike: string
}

export function pairsOf(g: GraphBuilder, labels: string): Pairs {
  const itself = equal(g, numbers(g, labels))
  const alike = g.op('Sub', [equal(g, g.op('Cast', [labels], { to: CAST_TO.float32 })), itself])
  return { itself, alike }
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
