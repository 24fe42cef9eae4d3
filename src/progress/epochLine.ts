import type { EpochMetrics } from '../train/events.js'
import { decimals } from './numbers.js'

/**
 * A finished epoch in words: `epoch 1: loss 0.461, training accuracy 0.803, validation accuracy 0.856, 25.9 examples/sec`.
 * @param width columns that it may fill; what is too long loses speed, training accuracy and validation accuracy, in
 *   this order
 */
export function epochLine(
  { epoch, trainLoss, trainAccuracy, validation, examplesPerSecond }: EpochMetrics,
  width = Number.POSITIVE_INFINITY,
): string {
  const loss = `epoch ${epoch}: loss ${decimals(trainLoss, 3)}`
  const train = `training accuracy ${decimals(trainAccuracy, 3)}`
  const measured = validation ? [`validation accuracy ${decimals(validation.accuracy, 3)}`] : []
  const forms = [
    [loss, train, ...measured, `${decimals(examplesPerSecond, 1)} examples/sec`],
    [loss, train, ...measured],
    [loss, ...measured],
    [loss],
  ]
  const lines = forms.map((parts) => parts.join(', '))
  return lines.find(({ length }) => length <= width) ?? loss.slice(0, width)
}
