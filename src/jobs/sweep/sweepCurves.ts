import { chart, type Line, type Point } from '../../report/page/chart.js'
import { type Html, html } from '../../report/page/html.js'
import { decimal, percent, short } from '../../report/page/numbers.js'
import { linear } from '../../report/page/scale.js'
import type { RunResult, SweepRun } from './SweepRun.js'

/** The runs that have a colour of their own: as many as the style sheet has, and a reader tells apart. */
const COLOURED = 4

type Epoch = RunResult['epochs'][number]

/** Draws the measures on the validation images over the epochs, of all runs over each other, the best in colour. */
export function sweepCurves(runs: readonly SweepRun[]): Html {
  const done = runs.filter(({ result }) => result)
  if (done.length === 0) return html`<p>No run is done.</p>`
  return html`<div class="charts">${[
    measureChart('Accuracy', done, ({ validation }) => validation?.accuracy, percent),
    measureChart('Loss', done, ({ validation }) => validation?.loss, decimal),
    measureChart('Loss in training', done, ({ trainLoss }) => trainLoss, decimal),
  ]}</div>`
}

function measureChart(
  title: string,
  runs: readonly SweepRun[],
  read: (epoch: Epoch) => number | undefined,
  text: (value: number) => string,
): Html {
  const pointsOf = ({ result }: SweepRun, i: number): Point[] =>
    result!.epochs.map((epoch) => {
      const y = read(epoch) ?? Number.NaN
      return { x: epoch.epoch, y, label: `run ${i + 1}, epoch ${epoch.epoch}: ${text(y)}` }
    })
  const best = runs.slice(0, COLOURED).map((run, i): Line => {
    return { name: `run ${i + 1}`, style: `group-${i}`, points: pointsOf(run, i), dots: true }
  })
  // One line, which is interrupted between runs.
  const others = runs.slice(COLOURED).flatMap((run, i) => [...pointsOf(run, COLOURED + i), { x: 0, y: Number.NaN }])
  const lines: Line[] = others.length > 0 ? [{ name: 'others', style: 'steps', points: others }, ...best] : best
  const points = lines.flatMap(({ points }) => points).filter(({ y }) => Number.isFinite(y))
  const last = Math.max(...points.map(({ x }) => x), 1)
  const values = points.map(({ y }) => y)
  const y =
    title === 'Accuracy' ? linear([...values, 1], (value) => `${Math.round(value * 100)} %`) : linear([0, ...values])
  return chart(title, lines, linear([0, last], short, Math.min(last, 6)), y, 'epoch')
}
