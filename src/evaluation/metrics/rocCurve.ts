import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkClass, checkScores, meanOfKnown } from './scores.js'
import { countReached, type Reached } from './thresholds.js'

/**
 * The receiver operating characteristic of a class: a point for each threshold, from the highest on. An image is taken
 * for the class if its score reaches the threshold. Rates of nothing are NaN.
 */
export interface RocCurve {
  /** The shares of the images of other classes that reach the threshold. */
  readonly falsePositiveRate: readonly number[]
  /** The shares of the images of the class that reach it. */
  readonly truePositiveRate: readonly number[]
  /** The thresholds; the first, which no score reaches, is infinite (null in JSON). */
  readonly thresholds: readonly number[]
}

/**
 * Computes the ROC curve of one class against the rest. Points between two others on a line are left out.
 * scikit-learn: `roc_curve`.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @param label the index of the class
 * @throws FineTuneError 'options/invalid'
 */
export function rocCurve(probabilities: Tensor<'float32'>, labels: ArrayLike<number>, label: number): RocCurve {
  checkScores('rocCurve', probabilities, labels)
  checkClass('rocCurve', label, probabilities)
  return rocOf(countReached(probabilities, labels, label))
}

/** Returns the curve of a class whose thresholds are counted. */
export function rocOf(reached: readonly Reached[]): RocCurve {
  const points = [ORIGIN, ...corners(reached)]
  const { hits, falseAlarms } = points.at(-1)!
  return {
    falsePositiveRate: points.map((point) => point.falseAlarms / falseAlarms),
    truePositiveRate: points.map((point) => point.hits / hits),
    thresholds: points.map(({ threshold }) => threshold),
  }
}

const ORIGIN: Reached = { threshold: Number.POSITIVE_INFINITY, hits: 0, falseAlarms: 0 }

/** Leaves out the points in whose neighbourhood both counts change as before. */
const corners = (points: readonly Reached[]): readonly Reached[] =>
  points.filter((point, i) => {
    const [before, after] = [points[i - 1], points[i + 1]]
    if (!before || !after) return true
    const isStraight = (count: 'hits' | 'falseAlarms') => point[count] - before[count] === after[count] - point[count]
    return !(isStraight('hits') && isStraight('falseAlarms'))
  })

/** A measure of each class against the rest, and the mean of those that are known. */
export interface ClassAverage {
  /** In the order of the classes; NaN where it is not defined: a class without images, or nothing but them. */
  readonly perClass: readonly number[]
  /** The mean over the classes, each of the same weight (macro). */
  readonly macro: number
}

/**
 * Computes the area under the ROC curve of each class against the rest: the probability that an image of the class has a
 * higher score for it than an image of another class. scikit-learn: `roc_auc_score(..., multi_class='ovr',
 * average='macro')`.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @throws FineTuneError 'options/invalid'
 */
export function rocAuc(probabilities: Tensor<'float32'>, labels: ArrayLike<number>): ClassAverage {
  checkScores('rocAuc', probabilities, labels)
  const [, classes = 0] = probabilities.dims
  const perClass = Array.from({ length: classes }, (_, label) => areaOf(countReached(probabilities, labels, label)))
  return { perClass, macro: meanOfKnown(perClass) }
}

/** Computes the area by trapezoids. */
export function areaOf(points: readonly Reached[]): number {
  const { hits, falseAlarms } = points.at(-1)!
  let [area, before] = [0, ORIGIN]
  for (const point of points) {
    area += ((point.falseAlarms - before.falseAlarms) * (point.hits + before.hits)) / 2
    before = point
  }
  return area / (hits * falseAlarms)
}
