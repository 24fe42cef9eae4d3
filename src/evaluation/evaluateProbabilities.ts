import * as z from 'zod'
import type { ReliabilityBin } from '../calibration/calibrationError.js'
import type { Evaluation } from '../finetune/record/events.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { type ClassMetrics, classMetrics } from './metrics/classMetrics.js'
import { confusionMatrix } from './metrics/confusionMatrix.js'
import { logLoss } from './metrics/logLoss.js'
import { averageOf, type PrecisionRecallCurve, precisionRecallOf } from './metrics/precisionRecallCurve.js'
import { reliability } from './metrics/reliability.js'
import { areaOf, type RocCurve, rocOf } from './metrics/rocCurve.js'
import { checkScores, meanOfKnown } from './metrics/scores.js'
import { countReached } from './metrics/thresholds.js'
import { topKAccuracy } from './metrics/topKAccuracy.js'
import { type Interval, wilsonInterval } from './metrics/wilsonInterval.js'

/** The quality of the predictions for one class. What is not defined, as for a class without images, is NaN. */
export interface ClassEvaluation extends ClassMetrics {
  readonly name: string
  /** The area under its ROC curve, against the other classes. */
  readonly auc: number
  readonly averagePrecision: number
  readonly roc: RocCurve
  readonly precisionRecall: PrecisionRecallCurve
}

/** The quality of predictions, as plain data. */
export interface ProbabilityEvaluation extends Evaluation {
  /** The 95 % confidence interval of the accuracy (Wilson's). */
  readonly interval: Interval
  /** The share of the images whose class is among the `k` most probable; `k` is the option `topK`, 5 by default. */
  readonly topK: { readonly k: number; readonly accuracy: number }
  /** In the order of the classes. */
  readonly classes: readonly ClassEvaluation[]
  /** The mean of the areas under the ROC curves of the classes that have one. */
  readonly auc: number
  /** The mean of the average precisions of the classes that have one. */
  readonly averagePrecision: number
  /** The expected calibration error, from 0 to 1. */
  readonly calibrationError: number
  /** Score and accuracy of the predictions, in 15 bins by score. */
  readonly reliability: readonly ReliabilityBin[]
}

export interface ProbabilityOptions {
  /** The names of the classes. Default: '0', '1', ... */
  readonly classes?: readonly string[] | undefined
  /** The `k` of the top-k accuracy; more than the classes are all of them. @default 5 */
  readonly topK?: number | undefined
}

export const topKSchema = z.int().min(1).default(5)

/**
 * Computes all metrics of predictions from their probabilities. Each metric is a function of its own, too.
 *
 * @param probabilities float32 [n, classes]
 * @param labels the index of the class of each image
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run
 * import { evaluateProbabilities, float32 } from 'onnx-finetune'
 *
 * const probabilities = float32([0.9, 0.1, 0.3, 0.7, 0.6, 0.4], [3, 2])
 * const { accuracy, interval, auc } = evaluateProbabilities(probabilities, [0, 1, 1])
 * ```
 */
export function evaluateProbabilities(
  probabilities: Tensor<'float32'>,
  labels: ArrayLike<number>,
  options: ProbabilityOptions = {},
): ProbabilityEvaluation {
  checkScores('evaluateProbabilities', probabilities, labels)
  const [examples = 0, count = 0] = probabilities.dims
  const schema = z.strictObject({ classes: z.array(z.string()).length(count).optional(), topK: topKSchema })
  const { classes: names, topK } = checkOptions(schema, options, 'evaluateProbabilities')
  const confusion = confusionMatrix(probabilities, labels)
  const hits = confusion.reduce((sum, row, label) => sum + row[label]!, 0)
  const classes = classMetrics(confusion).map((metrics, label) => {
    const reached = countReached(probabilities, labels, label)
    const curves = { roc: rocOf(reached), precisionRecall: precisionRecallOf(reached) }
    const areas = { auc: areaOf(reached), averagePrecision: averageOf(reached) }
    return { name: names?.[label] ?? `${label}`, ...metrics, ...areas, ...curves }
  })
  const k = Math.min(topK, count)
  const { calibrationError, bins } = reliability(probabilities, labels)
  return {
    loss: logLoss(probabilities, labels),
    accuracy: hits / examples,
    examples,
    confusion,
    interval: wilsonInterval(hits, examples),
    topK: { k, accuracy: topKAccuracy(probabilities, labels, k) },
    classes,
    auc: meanOfKnown(classes.map(({ auc }) => auc)),
    averagePrecision: meanOfKnown(classes.map((one) => one.averagePrecision)),
    calibrationError,
    reliability: bins,
  }
}
