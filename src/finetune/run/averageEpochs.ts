import { firstAveraged } from '../options/swaOptions.js'
import type { FineTuneEvent } from '../record/events.js'
import type { OpenRun } from './openRun.js'
import { reestimateStatistics } from './reestimateStatistics.js'

/**
 * Adds the weights of a finished epoch to their average, if the run has one. In the last epoch the session takes the
 * average, and its statistics are re-estimated.
 */
export async function* averageEpochs(run: OpenRun): AsyncGenerator<FineTuneEvent, void> {
  const { options, progress, session } = run
  const epoch = progress.epochOfPhase
  const isLast = epoch === options.epochs
  const first = firstAveraged(options)
  if (first !== undefined && epoch >= first) {
    if (epoch === first) await session.averages.start()
    else await session.averages.update(1 / (epoch - first + 1))
    if (isLast) await session.setParameters(await session.averages.get(session.trainable))
  }
  if (isLast && (first !== undefined || options.batchNorm === 'reestimated')) yield* reestimateStatistics(run)
}
