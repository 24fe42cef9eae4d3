import { Checkpoints } from '../checkpoint/Checkpoints.js'
import { identityOf } from '../checkpoint/identityOf.js'
import type { CheckedOptions } from '../options/options.js'
import type { FineTuneEvent, FineTuneResult } from '../record/events.js'
import { scheduleOf } from './openRun.js'
import type { Pause } from './Pause.js'
import type { Recorder } from './Recorder.js'
import type { TrainedWeights } from './TrainedWeights.js'
import { trainPhase } from './trainPhase.js'

/** Runs a whole training that has one phase. */
export async function* trainingRun(
  weights: TrainedWeights,
  recorder: Recorder,
  pause: Pause,
  options: CheckedOptions,
): AsyncGenerator<FineTuneEvent, FineTuneResult> {
  const { model } = weights
  options.signal?.throwIfAborted()
  const schedule = scheduleOf(options)
  const checkpoints = new Checkpoints(model, options, () => identityOf(model, options, schedule))
  const found = await checkpoints.open()
  try {
    const stage = { schedule, checkpoints, found, start: found?.state, epochs: options.epochs }
    const { result } = yield* trainPhase(weights, recorder, pause, options, stage)
    yield { type: 'done', result }
    return result
  } finally {
    await checkpoints.close()
  }
}
