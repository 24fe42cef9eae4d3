import type { GraphBuilder } from '../../onnx/builder.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import { reduceAxes } from '../../onnx/reduceAxes.js'
import { addComparing, cosines, type Pairs, pairsOf } from './comparison.js'
import type { CheckedLoss, CheckedLossOf, LossValues } from './Loss.js'
import { REDUCED } from './support.js'

/** The number that is added to the square of a distance, so that equal vectors have a gradient. */
const LEAST_SQUARE = 1e-8
/** More than any distance between directions, and still exact beside them. */
const FAR = 1024

/**
 * Adds (1 - w) L + w S: L is the cross-entropy of the logits, S the triplet loss of the directions of the features (Hermans
 * et al., 2017, arXiv 1703.07737), with Euclidean distances d and the excess e = max(0, margin + d(a, p) - d(a, n)) of an
 * image a, another one p of its class, and one n of another class:
 *
 * - `batchHard`: the mean over the images of e with the furthest p and the nearest n. An image without one counts as 0.
 * - `batchAll`: the mean over all triplets whose e is not 0.
 *
 * A sum is that mean times the number of images.
 *
 * @param addLabelLoss adds the loss of the labels under the given names
 */
export function addTriplet(
  g: GraphBuilder,
  values: LossValues,
  loss: CheckedLossOf<'triplet'>,
  addLabelLoss: (values: LossValues, loss: CheckedLoss) => void,
): void {
  addComparing(g, values, loss, addLabelLoss, (vectors, named) => {
    const squares = g.op('Mul', [g.op('Sub', [g.scalar(1), cosines(g, vectors)]), g.scalar(2)])
    const distances = g.op('Sqrt', [g.op('Add', [g.op('Relu', [squares]), g.scalar(LEAST_SQUARE)])])
    const pairs = pairsOf(g, values.labels)
    return loss.mining === 'batchHard'
      ? g.op(REDUCED[loss.reduction], [hardest(g, distances, pairs, loss.margin)], { keepdims: 0 }, named)
      : meanOfAll(g, distances, pairs, loss, named)
  })
}

/** Adds the excess of each image with the furthest of its class and the nearest of another, [N]. */
function hardest(g: GraphBuilder, distances: string, { itself, alike }: Pairs, margin: number): string {
  const furthest = ofRows(g, 'ReduceMax', g.op('Mul', [distances, alike]))
  const own = g.op('Mul', [g.op('Add', [itself, alike]), g.scalar(FAR)])
  const nearest = ofRows(g, 'ReduceMin', g.op('Add', [distances, own]))
  const excess = g.op('Relu', [g.op('Add', [g.op('Sub', [furthest, nearest]), g.scalar(margin)])])
  return g.op('Mul', [excess, ofRows(g, 'ReduceMax', alike)])
}

/** Adds the largest or the smallest element of each row. */
const ofRows = (g: GraphBuilder, operator: 'ReduceMax' | 'ReduceMin', value: string): string =>
  reduceAxes(g, operator, value, [1], 0)

/** Adds the mean over the triplets whose excess is not 0, [N, N, N] in memory, or that times the number of images. */
function meanOfAll(
  g: GraphBuilder,
  distances: string,
  { itself, alike }: Pairs,
  { margin, reduction }: { readonly margin: number; readonly reduction: 'mean' | 'sum' },
  named: { readonly outputs?: string[] },
): string {
  const own = g.op('Add', [itself, alike])
  const [negative, positive] = [
    g.op('Add', [distances, g.op('Mul', [own, g.scalar(FAR)])]),
    g.op('Sub', [distances, g.op('Mul', [g.op('Sub', [g.scalar(1), alike]), g.scalar(FAR)])]),
  ]
  const wide = [g.op('Unsqueeze', [positive, g.ints(2)]), g.op('Unsqueeze', [negative, g.ints(1)])]
  const excess = g.op('Relu', [g.op('Add', [g.op('Sub', wide), g.scalar(margin)])])
  const isActive = g.op('Cast', [g.op('Greater', [excess, g.scalar(0)])], { to: CAST_TO.float32 })
  const count = g.op('Max', [g.op('ReduceSum', [isActive], { keepdims: 0 }), g.scalar(1)])
  const sum = g.op('ReduceSum', [excess], { keepdims: 0 })
  if (reduction === 'mean') return g.op('Div', [sum, count], {}, named)
  const images = g.op('ReduceSum', [itself], { keepdims: 0 })
  return g.op('Div', [g.op('Mul', [sum, images]), count], {}, named)
}
