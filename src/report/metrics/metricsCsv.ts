import { checkArgument } from '../../arguments.js'
import type { RunRecord } from '../../finetune/record/RunRecord.js'
import { runKind } from './runKind.js'

type Cell = string | number | undefined
type Source = { readonly record: RunRecord }

/**
 * Formats a run as CSV (RFC 4180), a row for each epoch: `epoch`, `steps` (of the run so far), `train_loss`,
 * `train_accuracy`, `validation_loss`, `validation_accuracy`, `examples_per_second`, `seconds`, `learning_rate/<group>`
 * for every group, `skipped` (images left out), `time` (ISO 8601, UTC), of a run that has phases `phase`, and of one whose
 * loss compares images `validation_recall_at_1`. Unknown values are empty, not-a-number values `NaN`.
 */
export function metricsCsv(run: Source): string {
  checkArgument('metricsCsv: run', run, runKind)
  const { record } = run
  const groups = groupsOf(record)
  const hasPhases = record.epochs.some(({ phase }) => phase !== undefined)
  const hasRecall = record.epochs.some(({ validation }) => validation?.recallAt)
  const head = ['epoch', 'steps', 'train_loss', 'train_accuracy', 'validation_loss', 'validation_accuracy']
  return csv([
    [
      ...head,
      'examples_per_second',
      'seconds',
      ...groups.map(rateName),
      'skipped',
      'time',
      ...(hasPhases ? ['phase'] : []),
      ...(hasRecall ? ['validation_recall_at_1'] : []),
    ],
    ...record.epochs.map(({ validation, learningRates, ...epoch }) => [
      epoch.epoch,
      epoch.steps,
      epoch.trainLoss,
      epoch.trainAccuracy,
      validation?.loss,
      validation?.accuracy,
      epoch.examplesPerSecond,
      epoch.seconds,
      ...groups.map((group) => learningRates[group]),
      epoch.skipped.length,
      new Date(epoch.time).toISOString(),
      ...(hasPhases ? [epoch.phase] : []),
      ...(hasRecall ? [validation?.recallAt?.[1]] : []),
    ]),
  ])
}

/**
 * Formats a run with a row for each step: `step` (of the run, from 1), `epoch`, `step_in_epoch`, `loss`, `accuracy`,
 * `examples`, `examples_per_second`, `learning_rate/<group>`, `time`.
 */
export function stepsCsv(run: Source): string {
  checkArgument('stepsCsv: run', run, runKind)
  const { record } = run
  const groups = groupsOf(record)
  const head = ['step', 'epoch', 'step_in_epoch', 'loss', 'accuracy', 'examples', 'examples_per_second']
  return csv([
    [...head, ...groups.map(rateName), 'time'],
    ...record.steps.map(({ learningRates, ...step }, i) => [
      i + 1,
      step.epoch,
      step.step,
      step.loss,
      step.accuracy,
      step.examples,
      step.examplesPerSecond,
      ...groups.map((group) => learningRates[group]),
      new Date(step.time).toISOString(),
    ]),
  ])
}

const groupsOf = ({ settings }: RunRecord): string[] => settings.groups.map(({ name }) => name)
const rateName = (group: string): string => `learning_rate/${group}`

const csv = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('')

function quoted(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
