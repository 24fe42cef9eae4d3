import { isFineTuneError } from '../../errors.js'
import type { FoundCheckpoint } from '../checkpoint/CheckpointFiles.js'
import { differences } from '../checkpoint/identityOf.js'
import { type FineTuneEvent, warningOf } from '../record/events.js'
import { type OpenRun, skippedOf } from './openRun.js'
import type { Recorder } from './Recorder.js'

/**
 * Writes a checkpoint while the run continues. One that cannot be written is a warning, since the previous one protects
 * the run and the next may succeed; without a previous one the run ends.
 */
export async function* keepCheckpoint(
  run: OpenRun,
  recorder: Pick<Recorder, 'history'>,
): AsyncGenerator<FineTuneEvent, void> {
  const { epoch, step } = run.progress
  try {
    if (!(await lastCheckpoint(run, recorder))) return
  } catch (error) {
    if (!isFineTuneError(error, 'train/checkpoint-not-kept') || !run.checkpoints.isKept) throw error
    return yield warningOf(error)
  }
  yield { type: 'checkpoint', epoch, epochs: run.epochs, step, stepsPerEpoch: run.stepsPerEpoch }
}

/**
 * Writes a checkpoint of the last completed step, if checkpoints are enabled: not in the middle of a step.
 *
 * @returns true if it was written
 */
export async function lastCheckpoint(run: OpenRun, recorder: Pick<Recorder, 'history'>): Promise<boolean> {
  const { model, checkpoints, stop, session, progress } = run
  if (!checkpoints.areKept || stop.isBusy) return false
  const { parameters, optimizerGroups: optimizer } = await session.getCheckpoint()
  // A frozen front is not in the session.
  const tensorOf = (name: string) => parameters.get(name)?.tensor ?? model.get(name)
  const state = {
    position: { ...progress.position(skippedOf(run)), budget: run.budget.state },
    history: recorder.history,
    weights: Object.fromEntries([...model.parameters, ...model.buffers].map((name) => [name, tensorOf(name)])),
    optimizer,
    ...((run.isAveraged || run.options.swa) && { averages: await session.averages.get() }),
    best: run.best.best,
  }
  await checkpoints.write(state, session)
  return true
}

/** Returns the first event of a run that resumes from a checkpoint. */
export function resumedEvent(run: OpenRun, { file, state, broken }: FoundCheckpoint): FineTuneEvent {
  const { epoch, step } = run.progress
  return {
    type: 'resumed',
    file,
    epoch,
    epochs: run.epochs,
    step,
    stepsPerEpoch: run.stepsPerEpoch,
    differences: differences(state.machine, run.checkpoints.machineOf(run.session)),
    broken,
  }
}
