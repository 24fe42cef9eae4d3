import type { JudgedImage } from './types.js'

/** The share of the right answers that is kept. */
const KEPT = 0.95
/** The threshold while too few images validate to tell. */
const USUAL = 0.6
const ENOUGH = 8

/** Returns the score that all but a few of the right answers on validation images reach. */
export function calibratedThreshold(judged: readonly JudgedImage[]): number {
  const right = judged.filter(({ classId, predictedId }) => classId === predictedId).map(({ score }) => score)
  if (right.length < ENOUGH) return USUAL
  const sorted = right.toSorted((a, b) => a - b)
  return Math.floor(100 * sorted[Math.floor((1 - KEPT) * sorted.length)]!) / 100
}
