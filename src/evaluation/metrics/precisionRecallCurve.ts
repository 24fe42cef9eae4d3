import type { Tensor } from '../../onnx/graph/tensor.js'
import type { ClassAverage } from './rocCurve.js'
import { checkClass, checkScores, meanOfKnown } from './scores.js'
import { countReached, type Reached } from './thresholds.js'

/**
 * Precision and recall of a class by threshold, from the lowest threshold on. An image is taken for the class if its
 * score reaches the threshold. The last point, precision 1 and recall 0, has no threshold.
 */
export interface PrecisionRecallCurve {
  /** The shares of the images that reach the threshold that are of the class. */
  readonly precision: readonly number[]
  /** The shares of the images of the class that reach it; NaN for a class without images. */
  readonly recall: readonly number[]
  readonly thresholds: readonly number[]
}

/**
 * Computes the precision-recall curve of one class against the rest. Points between two others of the same recall are
 * left out. scikit-learn: `precision_recall_curve(..., drop_intermediate=True)`.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @param label the index of the class
 * @throws FineTuneError 'options/invalid'
 */
export function precisionRecallCurve(
  probabilities: Tensor<'float32'>,
  labels: ArrayLike<number>,
  label: number,
): PrecisionRecallCurve {
  checkScores('precisionRecallCurve', probabilities, labels)
  checkClass('precisionRecallCurve', label, probabilities)
  return precisionRecallOf(countReached(probabilities, labels, label))
}

/** Returns the curve of a class whose thresholds are counted. */
export function precisionRecallOf(reached: readonly Reached[]): PrecisionRecallCurve {
  const points = [...corners(reached)].reverse()
  const { hits } = points[0]!
  return {
    precision: [...points.map(precisionOf), 1],
    recall: [...points.map((point) => point.hits / hits), 0],
    thresholds: points.map(({ threshold }) => threshold),
  }
}

const precisionOf = ({ hits, falseAlarms }: Reached): number => hits / (hits + falseAlarms)

/** Leaves out the points whose hits are those of both neighbours. */
const corners = (points: readonly Reached[]): readonly Reached[] =>
  points.filter(
    ({ hits }, i) => i === 0 || i + 1 === points.length || points[i - 1]!.hits !== hits || points[i + 1]!.hits !== hits,
  )

/**
 * Computes the average precision of each class against the rest: the precision at each threshold, weighted by the
 * increase of recall there. scikit-learn: `average_precision_score`.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @throws FineTuneError 'options/invalid'
 */
export function averagePrecision(probabilities: Tensor<'float32'>, labels: ArrayLike<number>): ClassAverage {
  checkScores('averagePrecision', probabilities, labels)
  const [, classes = 0] = probabilities.dims
  const perClass = Array.from({ length: classes }, (_, label) => averageOf(countReached(probabilities, labels, label)))
  return { perClass, macro: meanOfKnown(perClass) }
}

/** Averages the precision over the recall. */
export function averageOf(points: readonly Reached[]): number {
  let [sum, before] = [0, 0]
  for (const point of points) {
    sum += (point.hits - before) * precisionOf(point)
    before = point.hits
  }
  return sum / before
}
