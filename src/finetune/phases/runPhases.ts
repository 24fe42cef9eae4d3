import type { Model } from '../../model/Model.js'
import type { FoundCheckpoint } from '../checkpoint/CheckpointFiles.js'
import { Checkpoints } from '../checkpoint/Checkpoints.js'
import { identityOf } from '../checkpoint/identityOf.js'
import type { RunState } from '../checkpoint/RunState.js'
import type { FineTuneEvent, FineTuneResult } from '../record/events.js'
import { type StartState, scheduleOf } from '../run/openRun.js'
import type { Pause } from '../run/Pause.js'
import type { Recorder } from '../run/Recorder.js'
import type { TrainedWeights } from '../run/TrainedWeights.js'
import { trainPhase } from '../run/trainPhase.js'
import { epochsOf, type PreparedPhase, setFrozen } from './preparePhases.js'

/**
 * Runs the phases of a training one after the other, each in a session of its own, since what is frozen is constant in its
 * graph. Epochs, steps, the best epoch and checkpoints continue from phase to phase. The model's parameters are frozen as
 * before in the end.
 */
export async function* runPhases(
  weights: TrainedWeights,
  recorder: Recorder,
  pause: Pause,
  phases: readonly PreparedPhase[],
): AsyncGenerator<FineTuneEvent, FineTuneResult> {
  const { model } = weights
  const [{ options }] = phases as [PreparedPhase]
  options.signal?.throwIfAborted()
  const epochs = epochsOf(phases.map((phase) => phase.options))
  const schedules = phases.map((phase) => scheduleOf(phase.options))
  const checkpoints = new Checkpoints(model, options, () => identityOfPhases(model, phases, schedules))
  const frozen = new Set(model.frozen)
  const opened = await checkpoints.open()
  try {
    let [found, start] = [opened, opened && resumed(model, phases, opened)]
    for (let phase = start?.position.phase?.index ?? 1; ; phase++) {
      const prepared = phases[phase - 1]!
      setFrozen(model, prepared.frozen)
      const of = { schedule: schedules[phase - 1]!, checkpoints, epochs, phase }
      const ended = yield* trainPhase(weights, recorder, pause, prepared.options, { ...of, found, start })
      if (ended.isLast || phase === phases.length) {
        yield { type: 'done', result: ended.result }
        return ended.result
      }
      found = undefined
      start = startAfter(ended.state, phase)
    }
  } finally {
    setFrozen(model, frozen)
    await checkpoints.close()
  }
}

/** Returns the state that a phase starts from after the one before it, which has the given number. */
const startAfter = ({ position, best }: StartState, phase: number): StartState => ({
  position: {
    ...{ ...position, undone: 0, rateFactor: 1 },
    phase: { index: phase + 1, epochs: position.epochs.length, updates: position.updates },
  },
  best,
})

/**
 * Returns the state from which a run resumes. A checkpoint may be that of the end of a phase: the next one starts there,
 * from the weights that the phase ended with.
 */
function resumed(model: Model, phases: readonly PreparedPhase[], { state }: FoundCheckpoint): RunState | StartState {
  const { index, epochs: before } = state.position.phase ?? { index: 1, epochs: 0 }
  const { options } = phases[index - 1]!
  const isEnded = state.position.epoch - before > options.epochs
  if (!isEnded || index === phases.length) return state
  const averages = options.ema && state.averages
  const best = options.keep === 'best' && state.best?.weights
  for (const [name, tensor] of Object.entries({ ...averages, ...best })) model.set(name, tensor)
  return startAfter(state, index)
}

/** Returns the identity of a run of phases: that of each phase. */
async function identityOfPhases(
  model: Model,
  phases: readonly PreparedPhase[],
  schedules: readonly ReturnType<typeof scheduleOf>[],
) {
  const identities: [string, unknown][] = []
  for (const [i, { options, frozen }] of phases.entries())
    identities.push([`phase ${i + 1}`, await identityOf(model, options, schedules[i]!, frozen)])
  return Object.fromEntries(identities)
}
