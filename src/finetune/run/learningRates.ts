import type { OpenRun } from './openRun.js'

/** Returns the rates of the next optimizer step, by group. */
export function learningRatesOf({ schedule, progress, budget, options }: OpenRun): Record<string, number> {
  const factor = progress.rateFactor * schedule(budget.positionOf(progress), progress.epochs)
  return Object.fromEntries(options.optimizer.groups.map(({ name, lr }) => [name, lr * factor]))
}
