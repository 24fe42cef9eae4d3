import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkScores, predictedLabels } from './scores.js'

/**
 * Counts how many images of each class were taken for which: `confusion[label][prediction]`. An image is taken for the
 * class with the highest score, the first of several. scikit-learn: `confusion_matrix`. `classMetrics` computes precision,
 * recall and F1 of it.
 *
 * @param probabilities float32 [n, classes]; logits do as well
 * @param labels the index of the class of each image
 * @throws FineTuneError 'options/invalid'
 */
export function confusionMatrix(probabilities: Tensor<'float32'>, labels: ArrayLike<number>): number[][] {
  checkScores('confusionMatrix', probabilities, labels)
  const [, classes = 0] = probabilities.dims
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const [index, predicted] of predictedLabels(probabilities).entries()) confusion[labels[index]!]![predicted]!++
  return confusion
}
