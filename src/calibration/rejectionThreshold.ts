import type { Scored } from './calibrationError.js'

/**
 * Chooses the score below which a prediction is rejected: with the n scores of the correct predictions in ascending
 * order, the one at floor((1 - keep) * n), from 0. At least the share `keep` of them reaches it. Without any, nothing is
 * rejected: it is the largest negative number, which JSON can hold.
 */
export function rejectionThreshold(predictions: readonly Scored[], keep: number): number {
  const scores = predictions.flatMap(({ score, isCorrect }) => (isCorrect ? score : [])).sort((a, b) => a - b)
  // 1 - 0.95 is a little more than 0.05.
  const place = Math.floor((1 - keep) * scores.length + 1e-9)
  return scores[Math.min(place, scores.length - 1)] ?? -Number.MAX_VALUE
}
