import { checkArgument } from '../../arguments.js'
import { type Model, modelKind } from '../../model/Model.js'
import type { PhasedOptions } from '../options/phaseOptions.js'
import type { FineTuneRun } from '../run/FineTuneRun.js'
import { Recorder } from '../run/Recorder.js'
import { StartedRun } from '../run/StartedRun.js'
import { factsOfPhases } from './phasesRecord.js'
import { preparePhases } from './preparePhases.js'

/** Trains `model` in phases. The public `fineTune` calls it; its options, errors and an example are said there. */
export function fineTunePhases(model: Model, options: PhasedOptions): FineTuneRun {
  checkArgument('fineTune: model', model, modelKind)
  const phases = preparePhases(model, options)
  const [{ options: checked }] = phases as [(typeof phases)[0]]
  const recorder = new Recorder(factsOfPhases(model, phases), checked.signal)
  return new StartedRun(model, checked, recorder, async function* (weights, pause) {
    const { runPhases } = await import('./runPhases.js')
    return yield* runPhases(weights, recorder, pause, phases)
  })
}
