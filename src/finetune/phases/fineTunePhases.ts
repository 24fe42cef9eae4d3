import { checkArgument } from '../../arguments.js'
import { type Model, modelKind } from '../../model/Model.js'
import type { PhasedOptions } from '../options/phaseOptions.js'
import type { FineTuneRun } from '../run/FineTuneRun.js'
import { Recorder } from '../run/Recorder.js'
import { StartedRun } from '../run/StartedRun.js'
import { factsOfPhases } from './phasesRecord.js'
import { preparePhases } from './preparePhases.js'

/**
 * Trains `model` in phases, each with its own frozen parameters, optimizer and schedule: the head first, then all
 * layers. Epochs are numbered through, and events, record, checkpoints and the best epoch are those of one run. Each
 * phase begins with the weights that the one before it ended with; afterwards the same parameters are frozen as before.
 *
 * The run is that of calls of `fineTune` one after the other with `seed`, `seed + 1`, ... It is a function of its own, so
 * that a page which has no phases does not load it.
 *
 * @throws FineTuneError 'train/phase' at once for a phase that the model cannot be trained with; otherwise as `fineTune`
 * @example
 * ```ts run given=train,validation,model
 * import { fineTunePhases } from 'onnx-finetune'
 *
 * const head = { freeze: /^(?!fc\.)/, epochs: 1, lr: 2e-3 }
 * const run = fineTunePhases(model, { train, validation, batchSize: 8, phases: [head, { epochs: 2, lr: 1e-4 }] })
 * for await (const event of run) if (event.type === 'epoch') console.log(event.epoch, event.phase)
 * ```
 */
export function fineTunePhases(model: Model, options: PhasedOptions): FineTuneRun {
  checkArgument('fineTunePhases: model', model, modelKind)
  const phases = preparePhases(model, options)
  const [{ options: checked }] = phases as [(typeof phases)[0]]
  const recorder = new Recorder(factsOfPhases(model, phases), checked.signal)
  return new StartedRun(model, checked, recorder, async function* (weights, pause) {
    const { runPhases } = await import('./runPhases.js')
    return yield* runPhases(weights, recorder, pause, phases)
  })
}
