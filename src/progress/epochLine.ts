import { checkArgument, isObject, type Kind } from '../arguments.js'
import type { EpochMetrics } from '../finetune/record/events.js'
import { decimals } from './numbers.js'

/**
 * Formats a finished epoch:
 * `epoch 1: loss 0.461, training accuracy 0.803, validation accuracy 0.856, 25.9 examples/sec`.
 * Of a run that has phases: `epoch 1, phase 1: loss ...`; of one whose loss compares images:
 * `..., validation accuracy 0.856, recall@1 0.912, ...`.
 *
 * @param width the largest number of columns, from 1; a longer line loses speed, training accuracy and validation
 *   accuracy, in this order
 * @throws FineTuneError 'options/invalid'
 */
export function epochLine(metrics: EpochMetrics, width = Number.POSITIVE_INFINITY): string {
  checkArgument('epochLine: metrics', metrics, metricsKind)
  checkArgument('epochLine: width', width, widthKind)
  const { epoch, phase, trainLoss, trainAccuracy, validation, examplesPerSecond } = metrics
  const loss = `epoch ${epoch}${phase === undefined ? '' : `, phase ${phase}`}: loss ${decimals(trainLoss, 3)}`
  const train = Number.isNaN(trainAccuracy) ? [] : [`training accuracy ${decimals(trainAccuracy, 3)}`]
  const measured = validation ? [measure(validation)] : []
  const forms = [
    [loss, ...train, ...measured, `${decimals(examplesPerSecond, 1)} examples/sec`],
    [loss, ...train, ...measured],
    [loss, ...measured],
    [loss],
  ]
  const lines = forms.map((parts) => parts.join(', '))
  return lines.find(({ length }) => length <= width) ?? loss.slice(0, width)
}

/** Returns the accuracy in validation; of regression, which has none, the loss. */
const measure = ({ accuracy, loss, f1, recallAt }: NonNullable<EpochMetrics['validation']>): string =>
  Number.isNaN(accuracy)
    ? `validation loss ${decimals(loss, 3)}`
    : `validation accuracy ${decimals(accuracy, 3)}${named('F1', f1)}${named('recall@1', recallAt?.[1])}`

const named = (name: string, value: number | undefined): string =>
  value === undefined ? '' : `, ${name} ${decimals(value, 3)}`

const metricsKind: Kind = {
  expected: 'the metrics of an epoch, such as an epoch event',
  is: (value) =>
    isObject(value) &&
    [value.epoch, value.trainLoss, value.trainAccuracy, value.examplesPerSecond].every(isNumber) &&
    (value.validation === undefined || (isObject(value.validation) && isNumber(value.validation.accuracy))),
}
const isNumber = (value: unknown): boolean => typeof value === 'number'
const widthKind: Kind = { expected: 'a number from 1 up', is: (value) => isNumber(value) && (value as number) >= 1 }
