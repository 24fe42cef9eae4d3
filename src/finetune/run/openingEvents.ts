import { isProcessor } from '../../platform/runtimes.js'
import { memoryWarning } from '../memory/memoryInfo.js'
import type { FineTuneEvent } from '../record/events.js'
import type { OpenRun } from './openRun.js'
import type { Recorder } from './Recorder.js'

/** Reports the runtime that computes, where there was a choice, and a lack of memory. */
export async function* openingEvents(
  run: OpenRun,
  recorder: Pick<Recorder, 'computesOn'>,
): AsyncGenerator<FineTuneEvent, void> {
  const { runtimeReport: report } = run.session
  recorder.computesOn(report)
  const isDefault = run.options.executionProviders === undefined && report.tried.length === 0
  if (!isDefault || !isProcessor(report.provider)) yield { type: 'runtime', ...report }
  yield* memoryWarning(run)
}
