import type { FineTuneEvent } from '../events.js'
import { type OpenRun, skippedOf } from '../openRun.js'
import type { Recorder } from '../Recorder.js'
import type { FoundCheckpoint } from './CheckpointFiles.js'
import { differences } from './identityOf.js'

/** A checkpoint of the last step that is done, where checkpoints are kept: not in the middle of one. */
export async function* keepCheckpoint(
  run: OpenRun,
  recorder: Pick<Recorder, 'history'>,
): AsyncGenerator<FineTuneEvent, void> {
  const { model, checkpoints, stop, session, progress, options, train } = run
  if (!checkpoints.areKept || stop.isBusy) return
  const { parameters, optimizerGroups: optimizer } = await session.getCheckpoint()
  // A frozen front is not in the session.
  const tensorOf = (name: string) => parameters.get(name)?.tensor ?? model.get(name)
  const state = {
    position: { ...progress.position(skippedOf(run)), budget: run.budget.state },
    history: recorder.history,
    weights: Object.fromEntries([...model.parameters, ...model.buffers].map((name) => [name, tensorOf(name)])),
    optimizer,
    best: run.best.best,
  }
  await checkpoints.write(state, session)
  const { epoch, step } = progress
  yield { type: 'checkpoint', epoch, epochs: options.epochs, step, stepsPerEpoch: train.count }
}

/** What a run says first that goes on from a checkpoint. */
export function resumedEvent(run: OpenRun, { file, state, broken }: FoundCheckpoint): FineTuneEvent {
  const { epoch, step } = run.progress
  return {
    type: 'resumed',
    file,
    epoch,
    epochs: run.options.epochs,
    step,
    stepsPerEpoch: run.train.count,
    differences: differences(state.machine, run.checkpoints.machineOf(run.session)),
    broken,
  }
}
