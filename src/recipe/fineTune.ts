import { checkArgument, isObject } from '../arguments.js'
import { baseError } from '../errors.js'
import { checkClasses } from '../finetune/checkRun.js'
import { fineTune as trainAsTold } from '../finetune/fineTune.js'
import type { FineTuneOptions } from '../finetune/options/options.js'
import type { FineTuneRun } from '../finetune/run/FineTuneRun.js'
import { type Model, modelKind } from '../model/Model.js'
import { demandTask } from '../model/task.js'
import { type AutomaticRun, StartedRecipe } from './AutomaticRun.js'
import { type AutomaticOptions, checkAutomatic } from './options.js'

/**
 * Trains `model` on a folder of images, and chooses how: a head is fitted to the features of the pretrained network, its
 * regularisation by cross-validation; from there all layers are trained, without a part of the images on which the
 * outcome is measured; the better of both is kept. Afterwards `model` holds it, whatever head it had before, and
 * `recipe` of the result says what was tried, how sure the outcome is, and what would help.
 *
 * Nothing is chosen on `validation`, which is measured once, at the end. The plan fits the budget by the measured speed
 * of the machine; with `epochs` the weights depend on `seed` alone.
 *
 * @throws FineTuneError 'options/invalid', 'train/classes' at once; 'data/unreadable', 'data/too-many-files',
 *   'train/no-images', 'train/diverged', those of the session and the signal's reason from the run
 * @example
 * ```ts given=train,validation,model
 * import { exportClassifier, fineTune } from 'onnx-finetune'
 *
 * const { recipe, validation: measured } = await fineTune(model, { recipe: 'auto', train, validation, budget: '5m' })
 * for (const sentence of recipe.advice) console.log(sentence)
 * await exportClassifier(model, 'hotdog.onnx', { calibration: recipe.calibration })
 * ```
 */
export function fineTune(model: Model, options: AutomaticOptions): AutomaticRun
/**
 * Trains `model` on a folder of images, as the options say. Afterwards `model` holds the trained weights and running
 * statistics.
 *
 * The whole run depends on `seed` alone: not on the number of workers, nor on timing.
 *
 * @throws FineTuneError 'options/invalid', 'train/classes', 'train/no-targets', 'train/unmatched-parameters' at once;
 *   'data/unreadable', 'data/too-many-files', 'train/no-images', 'train/diverged', 'train/checkpoints-in-use',
 *   'train/checkpoint-not-kept' (see docs/checkpoints.md), those of the session and the signal's reason from the run
 * @example
 * ```ts run given=train,validation,model
 * import { adamW, fineTune, paramGroups } from 'onnx-finetune'
 *
 * const optimizer = adamW(paramGroups(model, { lr: 3e-4, headLrMultiplier: 10 }))
 * const run = fineTune(model, { train, validation, epochs: 5, batchSize: 32, optimizer })
 * for await (const event of run) if (event.type === 'epoch') console.log(event.epoch, event.validation?.accuracy)
 * ```
 */
export function fineTune(model: Model, options: FineTuneOptions): FineTuneRun
export function fineTune(model: Model, options: AutomaticOptions | FineTuneOptions): AutomaticRun | FineTuneRun {
  if (!isAutomatic(options)) return trainAsTold(model, options)
  checkArgument('fineTune: model', model, modelKind)
  const checked = checkAutomatic(options)
  demandTask(model, 'classification', 'fineTune: recipe')
  demandOneLayer(model)
  checkClasses(model, checked)
  return new StartedRecipe(model, checked)
}

/** Checks that the head is one that the recipe can fit to features. @throws FineTuneError 'options/invalid' */
function demandOneLayer({ head }: Model): void {
  if (!head.hidden) return
  throw baseError('options/invalid', {
    option: 'fineTune: recipe',
    received: 'auto',
    expected: 'left out for a head of several layers, since it fits heads of one layer',
  })
}

/** Tells whether options name a recipe; those that throw when they are read are refused where they are checked. */
function isAutomatic(options: AutomaticOptions | FineTuneOptions): options is AutomaticOptions {
  try {
    return isObject(options) && options.recipe !== undefined
  } catch {
    return false
  }
}
