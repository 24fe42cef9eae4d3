import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkScores, rowsIn } from './scores.js'

/** The least probability that counts, so that one image cannot make the mean infinite: the smallest normal float32. */
const LEAST = 2 ** -126

/**
 * Computes the mean cross-entropy: -log(probability of the image's class), averaged over the images. scikit-learn:
 * `log_loss`. A probability of 0 counts as 2^-126.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @throws FineTuneError 'options/invalid'
 */
export function logLoss(probabilities: Tensor<'float32'>, labels: ArrayLike<number>): number {
  checkScores('logLoss', probabilities, labels)
  let sum = 0
  let index = 0
  for (const row of rowsIn(probabilities)) sum -= Math.log(Math.max(row[labels[index++]!]!, LEAST))
  return sum / index
}
