import type { OpenRun } from './openRun.js'

/** Returns the rates of the next optimizer step, or of one that many steps later, by group. */
export function learningRatesOf({ schedule, progress, budget, options }: OpenRun, later = 0): Record<string, number> {
  const position = budget.positionOf({ updates: progress.updatesOfPhase + later, seconds: progress.seconds })
  const factor = progress.rateFactor * schedule(position, progress.epochsOfPhase)
  return Object.fromEntries(options.optimizer.groups.map(({ name, lr }) => [name, lr * factor]))
}
