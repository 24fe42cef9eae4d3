import type { Model } from '../model/Model.js'
import { finetuneError } from './errors.js'
import { planFeatures } from './features/planFeatures.js'
import { withFeatures } from './options/contrastiveOptions.js'
import { trainingLossOf } from './options/lossOfRun.js'
import { type CheckedOptions, checkFineTuneOptions, type FineTuneOptions } from './options/options.js'
import { trialOf } from './options/trialOf.js'

/** The checked options of a run, and the number of views of each image whose features it computes once, if any. */
export interface CheckedRun {
  readonly options: CheckedOptions
  readonly featureViews: number | undefined
}

/** Checks the options of a run and that they fit the model, with the parameters that are frozen in it now. */
export function checkRun(model: Model, options: FineTuneOptions): CheckedRun {
  const checked = checkFineTuneOptions(options, model)
  checkClasses(model, checked)
  checkTargets(model, checked)
  withFeatures(model, trainingLossOf(checked, model.task, checked.lossReduction)) // or an error
  checkParameters(model, checked)
  const asked = trialOf(checked)
  return { options: asked, featureViews: planFeatures(model, asked)?.views }
}

/** @throws FineTuneError 'train/classes' */
export function checkClasses(model: Model, { train, validation }: Pick<CheckedOptions, 'train' | 'validation'>): void {
  for (const [option, dataset] of Object.entries({ train, validation }))
    if (dataset && JSON.stringify(dataset.classes) !== JSON.stringify(model.classes))
      throw finetuneError('train/classes', { option, dataset: dataset.classes, model: model.classes })
}

/** Checks that every image has what a model of this task learns. @throws FineTuneError 'train/no-targets' */
function checkTargets({ task }: Model, { train, validation }: Pick<CheckedOptions, 'train' | 'validation'>): void {
  if (task === 'classification') return
  const target = task === 'multiLabel' ? 'labels' : 'values'
  for (const [option, dataset] of Object.entries({ train, validation })) {
    const without = dataset?.samples.find((sample) => sample[target] === undefined)
    if (without) throw finetuneError('train/no-targets', { option, source: without.source, task, target })
  }
}

/**
 * Checks that the optimizer updates exactly the trainable parameters: others would be updated, or stay, unnoticed.
 *
 * @throws FineTuneError 'train/unmatched-parameters'
 */
export function checkParameters(model: Model, { optimizer }: Pick<CheckedOptions, 'optimizer'>): void {
  const updated = new Set(optimizer.groups.flatMap(({ params }) => params))
  const trainable = new Set(model.trainable)
  const missing = [...trainable].filter((name) => !updated.has(name))
  const surplus = [...updated].filter((name) => !trainable.has(name))
  if (missing.length || surplus.length) throw finetuneError('train/unmatched-parameters', { missing, surplus })
}
