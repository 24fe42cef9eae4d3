import { wilsonInterval } from '../../evaluation/metrics/wilsonInterval.js'
import type { Evaluation } from '../../finetune/record/events.js'
import type { RunRecord } from '../../finetune/record/RunRecord.js'
import { type Html, html } from './html.js'
import { count, decimal, duration, percent } from './numbers.js'

const problems = {
  waiting: 'The run has not begun.',
  running: 'The run has not ended: this is how far it has come.',
  stopped: 'The run was stopped before its end.',
  failed: 'The run failed.',
} as const

/** Returns the status of the run and its main figures. */
export function summary(record: RunRecord): Html {
  const { status, error, startedAt, epochs, steps, seconds, settings } = record
  return html`${startedAt !== undefined && html`<p class="faint">${new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC</p>`}
${status !== 'done' && html`<p class="problem">${problems[status]}${error && html`<br>${error.message}`}</p>`}
<dl class="cards">${accuracyCards(record)}
${card('epochs', `${epochs.length} of ${settings.epochs}`, `${count(steps.length)} steps`)}
${card('time', duration(seconds), speed(record))}
</dl>`
}

function accuracyCards({ epochs }: RunRecord): readonly Html[] {
  const last = epochs.at(-1)
  if (!last) return []
  const { validation, trainAccuracy, trainLoss } = last
  const isAccurate = !Number.isNaN(trainAccuracy)
  return [
    ...(validation && isAccurate
      ? [
          card(
            'validation accuracy',
            percent(validation.accuracy),
            html`${sureness(validation)}<br>${bestOf(epochs, ({ accuracy }) => accuracy)}`,
          ),
        ]
      : []),
    ...(validation?.recallAt ? [recallCard(validation.recallAt, epochs)] : []),
    ...(validation ? [card('validation loss', decimal(validation.loss), `${count(validation.examples)} images`)] : []),
    isAccurate
      ? card('training accuracy', percent(trainAccuracy), `loss ${decimal(trainLoss)}`)
      : card('training loss', decimal(trainLoss), ''),
  ]
}

/** Formats the 95 % confidence interval of an accuracy; of several labels an image the mean F1. */
function sureness({ accuracy, examples, f1 }: Evaluation): string {
  if (f1 !== undefined) return `mean F1 ${decimal(f1)}`
  if (examples === 0) return ''
  const [low, high] = wilsonInterval(Math.round(accuracy * examples), examples)
  return `95\u00a0% interval ${(low * 100).toFixed(1)}\u2013${percent(high)}`
}

/** Returns the card of recall@1, with recall@k of more neighbours. */
function recallCard(recallAt: NonNullable<Evaluation['recallAt']>, epochs: RunRecord['epochs']): Html {
  const { 1: first, ...more } = recallAt
  const others = Object.entries(more).map(([k, recall]) => `@${k} ${percent(recall)}`)
  return card('recall@1', percent(first), html`${others.join(', ')}<br>${bestOf(epochs, (one) => one.recallAt?.[1])}`)
}

function bestOf(epochs: RunRecord['epochs'], read: (validation: Evaluation) => number | undefined): string {
  const shareOf = ({ validation }: RunRecord['epochs'][number]) => (validation && read(validation)) || 0
  const best = epochs.reduce((better, epoch) => (shareOf(epoch) > shareOf(better) ? epoch : better))
  return `best ${percent(shareOf(best))}, epoch ${best.epoch}`
}

/** Formats the speed of training, without validation. */
function speed({ epochs, steps }: RunRecord): string {
  const rates = epochs.length > 0 ? epochs : steps.slice(-1)
  if (rates.length === 0) return ''
  const seconds = rates.reduce((sum, { examplesPerSecond }) => sum + 1 / examplesPerSecond, 0)
  return `${(rates.length / seconds).toFixed(1)} images/s in training`
}

const card = (term: string, value: string, detail: string | Html): Html =>
  html`<div><dt>${term}</dt><dd>${value}<small>${detail}</small></dd></div>
`
