import * as z from 'zod'
import { checkArgument, type Kind } from '../../arguments.js'
import { logitsKind } from '../../calibration/calibrate.js'
import type { LabelEvaluation } from '../../finetune/record/events.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkOptions } from '../../options.js'
import { averageOf } from './precisionRecallCurve.js'
import { areaOf } from './rocCurve.js'
import { meanOfKnown } from './scores.js'
import { type Reached, reachedBy } from './thresholds.js'

/** The quality of the predictions for one of several labels. What is not defined is NaN. */
export interface LabelQuality extends LabelEvaluation {
  readonly name: string
  /** The probability from which the label is predicted. */
  readonly threshold: number
  readonly averagePrecision: number
  /** The area under the ROC curve. */
  readonly auc: number
}

/** The quality of predictions of several labels an image. */
export interface LabelMetrics {
  /** In the order of the labels. */
  readonly labels: readonly LabelQuality[]
  /** The means over the labels that have one: macro F1, mean average precision, mean area under the ROC curve. */
  readonly f1: number
  readonly averagePrecision: number
  readonly auc: number
  /** Precision, recall and F1 of all decisions together. */
  readonly micro: { readonly precision: number; readonly recall: number; readonly f1: number }
  /** The share of right decisions, each label of each image being one. */
  readonly accuracy: number
  /** The share of the images whose labels are all right. */
  readonly exact: number
}

export interface LabelMetricsOptions {
  /** The probability from which a label is predicted, of all labels or of each. @default 0.5 */
  readonly thresholds?: number | readonly number[] | undefined
  /** The names of the labels. Default: '0', '1', ... */
  readonly labels?: readonly string[] | undefined
}

/**
 * Computes the metrics of predictions of several labels an image. scikit-learn: `precision_recall_fscore_support`,
 * `average_precision_score`, `roc_auc_score` of each label.
 *
 * @param probabilities float32 [n, labels]
 * @param targets float32 [n, labels]: 1 where an image has a label, else 0
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run
 * import { float32, labelMetrics } from 'onnx-finetune'
 *
 * const probabilities = float32([0.9, 0.2, 0.6, 0.7], [2, 2])
 * const { f1, averagePrecision } = labelMetrics(probabilities, float32([1, 0, 0, 1], [2, 2]))
 * ```
 */
export function labelMetrics(
  probabilities: Tensor<'float32'>,
  targets: Tensor<'float32'>,
  options: LabelMetricsOptions = {},
): LabelMetrics {
  checkTargets('labelMetrics', probabilities, targets)
  const [images = 0, count = 0] = probabilities.dims
  const each = z.array(z.number()).length(count)
  const schema = z.strictObject({
    thresholds: z.union([z.number(), each], 'a number, or one for each label').default(0.5),
    labels: z.array(z.string()).length(count).optional(),
  })
  const { thresholds, labels: names } = checkOptions(schema, options, 'labelMetrics')
  const thresholdOf = (label: number) => (typeof thresholds === 'number' ? thresholds : thresholds[label]!)
  const reached = Array.from({ length: count }, (_, label) => reachedByLabel(probabilities, targets, label))
  const labels = reached.map((steps, label) => {
    const counts = countsAt(steps, thresholdOf(label))
    const areas = { averagePrecision: averageOf(steps), auc: areaOf(steps) }
    return { name: names?.[label] ?? `${label}`, threshold: thresholdOf(label), ...qualityOf(counts), ...areas }
  })
  const wrong = wrongDecisions(probabilities, targets, thresholdOf)
  return {
    labels,
    f1: meanOfKnown(labels.map(({ f1 }) => f1)),
    averagePrecision: meanOfKnown(labels.map((label) => label.averagePrecision)),
    auc: meanOfKnown(labels.map(({ auc }) => auc)),
    micro: together(reached.map((steps, label) => countsAt(steps, thresholdOf(label)))),
    accuracy: 1 - wrong.reduce((sum, some) => sum + some, 0) / (images * count),
    exact: wrong.filter((some) => some === 0).length / images,
  }
}

/**
 * Returns the threshold of each label with the highest F1 on these images, the lowest of several, in the middle between
 * two probabilities; 0.5 for a label that no image has. Choose them on validation images, not on those of a last test.
 *
 * @param probabilities float32 [n, labels]
 * @param targets float32 [n, labels]: 1 where an image has a label, else 0
 * @throws FineTuneError 'options/invalid'
 */
export function bestThresholds(probabilities: Tensor<'float32'>, targets: Tensor<'float32'>): number[] {
  checkTargets('bestThresholds', probabilities, targets)
  return Array.from({ length: probabilities.dims[1]! }, (_, label) => {
    const steps = reachedByLabel(probabilities, targets, label)
    const support = steps.at(-1)!.hits
    if (support === 0) return 0.5
    const f1Of = ({ hits, falseAlarms }: Reached) => (2 * hits) / (support + hits + falseAlarms)
    const place = steps.reduce((best, step, i) => (f1Of(step) >= f1Of(steps[best]!) ? i : best), 0)
    return (steps[place]!.threshold + (steps[place + 1]?.threshold ?? 0)) / 2
  })
}

interface Counts {
  readonly hits: number
  readonly falseAlarms: number
  readonly support: number
}

/** Counts at a threshold, from the counts at each score. */
function countsAt(steps: readonly Reached[], threshold: number): Counts {
  const { hits, falseAlarms } = steps.findLast((step) => step.threshold >= threshold) ?? { hits: 0, falseAlarms: 0 }
  return { hits, falseAlarms, support: steps.at(-1)!.hits }
}

const qualityOf = ({ hits, falseAlarms, support }: Counts): LabelEvaluation => ({
  support,
  precision: hits / (hits + falseAlarms),
  recall: hits / support,
  f1: (2 * hits) / (support + hits + falseAlarms),
})

function together(all: readonly Counts[]): LabelMetrics['micro'] {
  const sum = (of: keyof Counts) => all.reduce((total, counts) => total + counts[of], 0)
  const { precision, recall, f1 } = qualityOf({
    hits: sum('hits'),
    falseAlarms: sum('falseAlarms'),
    support: sum('support'),
  })
  return { precision, recall, f1 }
}

/** Counts the wrong decisions of each image. */
function wrongDecisions(
  { data, dims }: Tensor<'float32'>,
  targets: Tensor<'float32'>,
  thresholdOf: (label: number) => number,
): number[] {
  const [images = 0, labels = 0] = dims
  const isWrong = (at: number) => data[at]! >= thresholdOf(at % labels) !== targets.data[at]! >= 0.5
  return Array.from({ length: images }, (_, image) => {
    const places = Array.from({ length: labels }, (_, label) => image * labels + label)
    return places.filter(isWrong).length
  })
}

function reachedByLabel({ data, dims }: Tensor<'float32'>, targets: Tensor<'float32'>, label: number) {
  const [images = 0, labels = 0] = dims
  const has = (image: number) => targets.data[image * labels + label]! >= 0.5
  return reachedBy(images, (image) => data[image * labels + label]!, has)
}

/** Checks predictions [n, outputs], and the target of each. @throws FineTuneError 'options/invalid' */
export function checkTargets(of: string, predictions: Tensor<'float32'>, targets: Tensor<'float32'>): void {
  checkArgument(`${of}: ${of === 'valueMetrics' ? 'predictions' : 'probabilities'}`, predictions, logitsKind)
  const shape = predictions.dims.join(', ')
  const kind: Kind = {
    expected: `a float32 tensor [${shape}] of finite numbers`,
    is: (value) => logitsKind.is(value) && (value as Tensor).dims.join(', ') === shape,
  }
  checkArgument(`${of}: targets`, targets, kind)
}
