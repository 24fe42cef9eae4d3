import type { EpochMetrics } from '../train/events.js'
import { decimals } from './numbers.js'

/** A finished epoch in words: `epoch 1: loss 0.461, train acc 0.803, test acc 0.856, 25.9 examples/sec`. */
export function epochLine({ epoch, trainLoss, trainAccuracy, validation, examplesPerSecond }: EpochMetrics): string {
  return [
    `epoch ${epoch}: loss ${decimals(trainLoss, 3)}`,
    `train acc ${decimals(trainAccuracy, 3)}`,
    ...(validation ? [`test acc ${decimals(validation.accuracy, 3)}`] : []),
    `${decimals(examplesPerSecond, 1)} examples/sec`,
  ].join(', ')
}
