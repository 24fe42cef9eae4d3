/** A prediction: the probability of the predicted class, and whether it was right. */
export interface Scored {
  readonly score: number
  readonly isCorrect: boolean
}

/** The number of bins, as in the paper. */
const BINS = 15

/**
 * Computes the expected calibration error (Guo et al., 2017, arXiv 1706.04599, equation 3): predictions are put into 15
 * equal bins by their scores; the error is the difference between mean score and accuracy of a bin, averaged over the
 * predictions. 0 for scores that are right as often as they say.
 */
export function calibrationError(predictions: readonly Scored[]): number {
  const bins = Array.from({ length: BINS }, () => ({ scores: 0, hits: 0 }))
  for (const { score, isCorrect } of predictions) {
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.ceil(score * BINS) - 1))]!
    bin.scores += score
    if (isCorrect) bin.hits++
  }
  return bins.reduce((sum, { scores, hits }) => sum + Math.abs(scores - hits), 0) / predictions.length
}
