import type { ReliabilityBin } from '../../calibration/calibrationError.js'
import { precisionRecallOf } from '../../evaluation/metrics/precisionRecallCurve.js'
import { reliabilityOf } from '../../evaluation/metrics/reliability.js'
import { areaOf, rocOf } from '../../evaluation/metrics/rocCurve.js'
import { countReached, type Reached } from '../../evaluation/metrics/thresholds.js'
import type { Prediction } from '../../finetune/record/events.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { chart, type Line, type Point } from './chart.js'
import { type Html, html } from './html.js'
import { count, decimal, percent } from './numbers.js'
import { linear } from './scale.js'

/** The number of bins of the plot: fewer than those of the error, for validation sets are small. */
const PLOTTED_BINS = 10
/** The largest number of points of a curve. */
const MOST_POINTS = 300

/** Draws the reliability of the scores; of two classes also the ROC and the precision-recall curve. */
export function scoreCharts(all: readonly Prediction[], classes: readonly string[]): Html | undefined {
  // Those of a run that diverged are no numbers.
  const predictions = all.filter(({ score }) => Number.isFinite(score))
  if (predictions.length === 0) return undefined
  const { calibrationError } = reliabilityOf(scoredOf(predictions))
  return html`<h3>Scores</h3>
<p class="faint">Expected calibration error ${percent(calibrationError)}: the difference between the scores and how often they are right.</p>
<div class="charts">${reliabilityChart(predictions)}${classes.length === 2 && curves(predictions, classes)}</div>`
}

const scoredOf = (predictions: readonly Prediction[]) =>
  predictions.map(({ score, label, predicted }) => ({ score, isCorrect: label === predicted }))

function reliabilityChart(predictions: readonly Prediction[]): Html {
  const bins = reliabilityOf(scoredOf(predictions), PLOTTED_BINS).bins.filter((bin) => bin.count > 0)
  const told = ({ score, accuracy, count: images }: ReliabilityBin) =>
    `score ${percent(score)}: ${percent(accuracy)} of ${count(images)} images are right`
  const points = bins.map((bin) => ({ x: bin.score, y: bin.accuracy, label: told(bin) }))
  const lines: Line[] = [
    { name: 'perfectly calibrated', style: 'steps', points: DIAGONAL },
    { name: 'validation', style: 'group-0', points, dots: true },
  ]
  return chart('Reliability: share that is right', lines, PERCENT, SHARES, 'score of the predicted class, %')
}

/** Draws the curves of the second class: those of the first have the same areas under them or nearly so. */
function curves(predictions: readonly Prediction[], classes: readonly string[]): Html | undefined {
  const [label, name] = [1, classes[1]!]
  const reached = reachedBy(predictions, label)
  const area = areaOf(reached)
  // One class alone has no curve.
  if (Number.isNaN(area)) return undefined
  const roc = rocOf(reached)
  const points = roc.truePositiveRate.map((y, i) => ({ x: roc.falsePositiveRate[i]!, y }))
  const { precision, recall } = precisionRecallOf(reached)
  const lines: Line[] = [
    { name: 'chance', style: 'steps', points: DIAGONAL },
    { name: `${name}, area ${decimal(area)}`, style: 'group-0', points: thinned(points) },
  ]
  const ofPrecision: Line = {
    name,
    style: 'group-0',
    points: thinned(recall.map((x, i) => ({ x, y: precision[i]! }))),
  }
  return html`${chart('ROC: true positive rate', lines, PERCENT, SHARES, 'false positive rate, %')}${chart('Precision', [ofPrecision], PERCENT, SHARES, 'recall, %')}`
}

/** With two classes the score of one tells that of the other. */
function reachedBy(predictions: readonly Prediction[], label: number): readonly Reached[] {
  const scores = predictions.map((one) => (one.label === label ? one.labelScore : 1 - one.labelScore))
  const rows = scores.flatMap((score) => [1 - score, score])
  const labels = predictions.map((one) => one.label)
  return countReached(float32(rows, [predictions.length, 2]), labels, label)
}

/** The sign would not fit under the end of the axis. */
const PERCENT = linear([0, 1], (value) => `${Math.round(value * 100)}`)
const SHARES = linear([0, 1], (value) => `${Math.round(value * 100)} %`)
const DIAGONAL: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
]

function thinned(points: readonly Point[]): readonly Point[] {
  const step = Math.max(1, (points.length - 1) / MOST_POINTS)
  const kept = Math.floor((points.length - 1) / step)
  return Array.from({ length: kept + 1 }, (_, i) => points[Math.round(i * step)]!)
}
