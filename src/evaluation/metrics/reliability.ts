import { checkArgument, isWhole } from '../../arguments.js'
import { BINS, binsOf, errorOf, type ReliabilityBin, type Scored } from '../../calibration/calibrationError.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkScores, predictedLabels } from './scores.js'

/** The agreement between the probabilities of predictions and how often the predictions are right. */
export interface Reliability {
  /** The expected calibration error, from 0 to 1: |mean score - accuracy| of each bin, averaged over the images. */
  readonly calibrationError: number
  /** The bins, from low to high scores; those without images too, whose means are NaN. */
  readonly bins: readonly ReliabilityBin[]
}

/**
 * Puts predictions into equal bins by the probability of the predicted class, and compares it with their accuracy (Guo et
 * al., 2017, arXiv 1706.04599). scikit-learn: `calibration_curve(isCorrect, score, n_bins=15)` has the same bins.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @param bins the number of bins. Default 15
 * @throws FineTuneError 'options/invalid'
 */
export function reliability(
  probabilities: Tensor<'float32'>,
  labels: ArrayLike<number>,
  bins: number = BINS,
): Reliability {
  checkScores('reliability', probabilities, labels)
  checkArgument('reliability: bins', bins, { expected: 'a whole number from 1 up', is: (value) => isWhole(value, 1) })
  return reliabilityOf(scoredOf(probabilities, labels), bins)
}

/** Computes the reliability of predictions that are already scored. */
export function reliabilityOf(predictions: readonly Scored[], bins: number = BINS): Reliability {
  const all = binsOf(predictions, bins)
  return { calibrationError: errorOf(all), bins: all }
}

const scoredOf = (probabilities: Tensor<'float32'>, labels: ArrayLike<number>): Scored[] => {
  const classes = probabilities.dims[1]!
  return predictedLabels(probabilities).map((predicted, row) => ({
    score: probabilities.data[row * classes + predicted]!,
    isCorrect: predicted === labels[row],
  }))
}
