import * as z from 'zod'
import { checkOptions } from '../options.js'
import type { MeasuredEpoch, Schedule } from './schedules.js'

const schema = z.strictObject({
  monitor: z.enum(['loss', 'accuracy']).default('loss'),
  gamma: z.number().gt(0).lt(1).default(0.1),
  patience: z.number().int().min(0).default(10),
  threshold: z.number().min(0).default(1e-4),
  cooldown: z.number().int().min(0).default(0),
  minFactor: z.number().min(0).default(0),
})

/**
 * Makes a schedule that is multiplied by `gamma` (default 0.1), down to `minFactor` (default 0), each time the
 * validation loss (`monitor` 'accuracy': the validation accuracy; without validation, that of training) has not
 * improved for more than `patience` (default 10) epochs. An improvement is by more than `threshold` (default 1e-4) of
 * the best value. After a change, `cooldown` (default 0) epochs are not counted. torch's ReduceLROnPlateau.
 *
 * It depends on the results of completed epochs, which `fineTune` provides; elsewhere it is constant.
 */
export function plateauSchedule(options: z.input<typeof schema> = {}): Schedule {
  const checked = checkOptions(schema, options, 'plateauSchedule')
  return (_, epochs = []) => factorAfter(epochs, checked)
}

function factorAfter(epochs: readonly MeasuredEpoch[], options: z.output<typeof schema>): number {
  const { monitor, gamma, patience, threshold, cooldown, minFactor } = options
  let [factor, best, bad, cooling] = [1, Number.NaN, 0, 0]
  for (const { trainLoss, trainAccuracy, validation } of epochs) {
    const value = (validation ?? { loss: trainLoss, accuracy: trainAccuracy })[monitor]
    const isBetter = monitor === 'loss' ? value < best * (1 - threshold) : value > best * (1 + threshold)
    if (isBetter || Number.isNaN(best)) [best, bad] = [value, 0]
    else bad++
    if (cooling > 0) [cooling, bad] = [cooling - 1, 0]
    if (bad > patience) [factor, cooling, bad] = [Math.max(factor * gamma, minFactor), cooldown, 0]
  }
  return factor
}
