import { checkArgument } from '../arguments.js'
import { type Model, modelKind } from '../model/Model.js'
import { checkRun } from './checkRun.js'
import type { FineTuneOptions } from './options/options.js'
import { factsOf } from './record/summaries.js'
import type { FineTuneRun } from './run/FineTuneRun.js'
import { Recorder } from './run/Recorder.js'
import { StartedRun } from './run/StartedRun.js'

/**
 * Trains `model` on a folder of images. Afterwards `model` holds the trained weights and running statistics.
 *
 * The public `fineTune` calls it; its options, errors and an example are said there.
 */
export function fineTune(model: Model, options: FineTuneOptions): FineTuneRun {
  checkArgument('fineTune: model', model, modelKind)
  const { options: checked, featureViews } = checkRun(model, options)
  const recorder = new Recorder(factsOf(model, checked, featureViews), checked.signal)
  return new StartedRun(model, checked, recorder, async function* (weights, pause) {
    // Loaded when it is needed: a page may show the run before it starts.
    const { trainingRun } = await import('./run/trainingRun.js')
    return yield* trainingRun(weights, recorder, pause, checked)
  })
}
