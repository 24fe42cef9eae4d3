import { isProcessor } from '../../platform/runtimes.js'
import { memoryWarning } from '../memory/memoryInfo.js'
import type { FineTuneEvent } from '../record/events.js'
import { resumedEvent } from './keepCheckpoint.js'
import type { OpenRun } from './openRun.js'
import type { Recorder } from './Recorder.js'

/**
 * Restores the record of a run that resumes, and reports that, the runtime that computes, where there was a choice, and a
 * lack of memory.
 */
export async function* openingEvents(
  run: OpenRun,
  recorder: Pick<Recorder, 'computesOn' | 'restore'>,
): AsyncGenerator<FineTuneEvent, void> {
  if (run.found) {
    recorder.restore(run.found.state.history)
    yield resumedEvent(run, run.found)
  }
  const { runtimeReport: report } = run.session
  recorder.computesOn(report)
  const isDefault = run.options.executionProviders === undefined && report.tried.length === 0
  if (!isDefault || !isProcessor(report.provider)) yield { type: 'runtime', ...report }
  yield* memoryWarning(run)
}
