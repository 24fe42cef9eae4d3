/** A prediction: the probability of the predicted class, and whether it was right. */
export interface Scored {
  readonly score: number
  readonly isCorrect: boolean
}

/** The number of bins, as in the paper. */
export const BINS = 15

/** The predictions whose scores lie between two values. */
export interface ReliabilityBin {
  /** The limits of the scores: above `from` (the first bin: from it on), up to `to`. */
  readonly from: number
  readonly to: number
  /** The number of predictions. */
  readonly count: number
  /** The mean of their scores. */
  readonly score: number
  /** The share of them that are right. */
  readonly accuracy: number
}

/**
 * Computes the expected calibration error (Guo et al., 2017, arXiv 1706.04599, equation 3): predictions are put into 15
 * equal bins by their scores; the error is the difference between mean score and accuracy of a bin, averaged over the
 * predictions. 0 for scores that are right as often as they say.
 */
export const calibrationError = (predictions: readonly Scored[]): number => errorOf(binsOf(predictions, BINS))

/** Puts predictions into equal bins by their scores. The means of a bin without predictions are NaN. */
export function binsOf(predictions: readonly Scored[], bins: number): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, scores: 0, hits: 0 }))
  for (const { score, isCorrect } of predictions) {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(score * bins) - 1))]!
    bin.count++
    bin.scores += score
    if (isCorrect) bin.hits++
  }
  return sums.map(({ count, scores, hits }, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    count,
    score: scores / count,
    accuracy: hits / count,
  }))
}

/** Averages the differences between mean score and accuracy over the predictions. */
export function errorOf(bins: readonly ReliabilityBin[]): number {
  const filled = bins.filter(({ count }) => count > 0)
  const total = filled.reduce((sum, { count }) => sum + count, 0)
  return filled.reduce((sum, { count, score, accuracy }) => sum + count * Math.abs(score - accuracy), 0) / total
}
