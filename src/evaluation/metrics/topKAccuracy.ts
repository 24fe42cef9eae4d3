import { checkArgument, isWhole } from '../../arguments.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkScores, rowsIn } from './scores.js'

/**
 * Computes the share of the images whose class is among the `k` with the highest scores; of equal scores the first
 * classes count as higher. scikit-learn: `top_k_accuracy_score`.
 *
 * @param probabilities float32 [n, classes]; logits do as well
 * @param labels the index of the class of each image
 * @param k from 1 to the number of classes; 1 is the accuracy
 * @throws FineTuneError 'options/invalid'
 */
export function topKAccuracy(probabilities: Tensor<'float32'>, labels: ArrayLike<number>, k: number): number {
  checkScores('topKAccuracy', probabilities, labels)
  const [count = 0, classes = 0] = probabilities.dims
  checkArgument('topKAccuracy: k', k, {
    expected: `a whole number from 1 to ${classes}`,
    is: (value) => isWhole(value, 1) && value <= classes,
  })
  let hits = 0
  let index = 0
  for (const row of rowsIn(probabilities)) if (rankOf(labels[index++]!, row) < k) hits++
  return hits / count
}

/** Returns the number of classes that are ranked before a class. */
function rankOf(label: number, row: Float32Array): number {
  const own = row[label]!
  let rank = 0
  for (let other = 0; other < row.length; other++)
    if (row[other]! > own || (row[other] === own && other < label)) rank++
  return rank
}
