import type { EpochRecord, RunRecord } from '../../finetune/record/RunRecord.js'
import { chart, type Line, type Point } from './chart.js'
import { type Html, html } from './html.js'
import { decimal, percent, short } from './numbers.js'
import { linear, logarithmic } from './scale.js'

/** The largest number of points of a line: more make no difference at the size of a chart. */
const MOST_POINTS = 300
/** The largest number of epochs that have dots. */
const MOST_DOTS = 30

/** Draws loss, accuracy and learning rate over the epochs. */
export function curves(record: RunRecord): Html {
  if (record.steps.length === 0) return html`<p>No step was taken.</p>`
  return html`<div class="charts">${lossChart(record)}${record.model.task !== 'regression' && accuracyChart(record)}${rateChart(record)}</div>`
}

function lossChart(record: RunRecord): Html {
  const lines = [
    stepLine(record, ({ loss }) => loss),
    epochLine(record, 'training', 'train', ({ trainLoss }) => trainLoss, decimal),
    epochLine(record, 'validation', 'validation', ({ validation }) => validation?.loss, decimal),
  ]
  return lineChart('Loss', lines, record, (values) => linear([0, ...values]))
}

function accuracyChart(record: RunRecord): Html {
  const lines = [
    epochLine(record, 'training', 'train', ({ trainAccuracy }) => trainAccuracy, percent),
    epochLine(record, 'validation', 'validation', ({ validation }) => validation?.accuracy, percent),
    epochLine(record, 'recall@1', 'group-2', ({ validation }) => validation?.recallAt?.[1], percent),
  ]
  const ofSteps = record.epochs.length > 0 ? [] : [stepLine(record, ({ accuracy }) => accuracy)]
  const scale = (values: number[]) => linear([...values, 1], (value) => `${Math.round(value * 100)} %`)
  return lineChart('Accuracy', [...ofSteps, ...lines], record, scale)
}

function rateChart(record: RunRecord): Html {
  const { settings } = record
  const lines = settings.groups.map(({ name }, i): Line => {
    const points = placed(record, ({ learningRates }) => learningRates[name] ?? Number.NaN)
    return { name, style: `group-${i % 4}`, points: thinned(points, (some) => some[0]!.y) }
  })
  const rates = settings.groups.map(({ lr }) => lr)
  // On a linear scale, groups whose rates differ much would overlap or lie on the axis.
  const apart = Math.min(...rates) > 0 && Math.max(...rates) / Math.min(...rates) >= 5
  const scale = (values: number[]) => (apart ? logarithmic(values) : linear([0, ...values]))
  return lineChart('Learning rate', lines, record, scale)
}

function lineChart(
  title: string,
  lines: readonly Line[],
  record: RunRecord,
  scale: (values: number[]) => ReturnType<typeof linear>,
): Html {
  const shown = lines.filter(({ points }) => points.some(({ y }) => Number.isFinite(y)))
  const values = shown.flatMap(({ points }) => points.map(({ y }) => y)).filter(Number.isFinite)
  const last = Math.max(record.steps.at(-1)!.epoch, 1)
  const x = linear([0, last], short, Math.min(last, 6))
  return chart(title, shown, x, scale(values), 'epoch')
}

/** Returns the faint line of the steps; many are averaged in groups. */
function stepLine(record: RunRecord, read: (step: RunRecord['steps'][number]) => number): Line {
  const mean = (some: readonly Point[]) => some.reduce((sum, { y }) => sum + y, 0) / some.length
  return { name: 'each step', style: 'steps', points: thinned(placed(record, read), mean) }
}

function epochLine(
  { epochs }: RunRecord,
  name: string,
  style: string,
  read: (epoch: EpochRecord) => number | undefined,
  text: (value: number | undefined) => string,
): Line {
  const points = epochs.map((epoch) => {
    const y = read(epoch) ?? Number.NaN
    return { x: epoch.epoch, y, label: `${name}, epoch ${epoch.epoch}: ${text(y)}` }
  })
  return { name, style, points, dots: points.length <= MOST_DOTS }
}

/** Places the steps on the axis of epochs: the last step of the second epoch is at 2. */
function placed({ steps, epochs }: RunRecord, read: (step: RunRecord['steps'][number]) => number): Point[] {
  const perEpoch = epochs[0]?.steps ?? Math.max(...steps.map(({ step }) => step))
  return steps.map((step) => ({ x: step.epoch - 1 + Math.min(step.step / perEpoch, 1), y: read(step) }))
}

function thinned(points: readonly Point[], read: (some: readonly Point[]) => number): readonly Point[] {
  if (points.length <= MOST_POINTS) return points
  return Array.from({ length: MOST_POINTS }, (_, i) => {
    const edge = (at: number) => Math.floor((at * points.length) / MOST_POINTS)
    const some = points.slice(edge(i), edge(i + 1))
    return { x: some.at(-1)!.x, y: read(some) }
  })
}
