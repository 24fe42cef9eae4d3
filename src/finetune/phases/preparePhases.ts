import { baseError, isFineTuneError } from '../../errors.js'
import { modelError } from '../../model/errors.js'
import type { Model } from '../../model/Model.js'
import { matchParameters } from '../../model/patterns.js'
import { adamW } from '../../optim/adam.js'
import type { Optimizer } from '../../optim/Optimizer.js'
import { checkOptions } from '../../options.js'
import { type CheckedRun, checkParameters, checkRun } from '../checkRun.js'
import { finetuneError } from '../errors.js'
import { splitAtTrainable } from '../features/splitAtTrainable.js'
import { type Phase, type PhasedOptions, phasedSchema } from '../options/phaseOptions.js'
import { optimizerSchema } from '../options/schemas.js'

/** A phase that can be trained: its options as those of a run, and what is frozen in it. */
export interface PreparedPhase extends CheckedRun {
  readonly frozen: ReadonlySet<string>
}

/**
 * Checks the phases of a run, each with its parameters frozen. The model is left as it was.
 *
 * @throws FineTuneError 'options/invalid'; 'train/phase' for one that the model cannot be trained with; those of a run
 */
export function preparePhases(model: Model, options: PhasedOptions): PreparedPhase[] {
  const { phases, swa } = checkOptions(phasedSchema, options, 'fineTunePhases')
  const before = new Set(model.frozen)
  try {
    const prepared = phases.map((phase, index) => {
      setFrozen(model, before)
      return prepare(model, { ...options, swa }, phase, {
        index,
        epochs: epochsOf(phases.slice(0, index)),
        of: phases.length,
      })
    })
    demandFeatures(options, prepared)
    return prepared
  } finally {
    setFrozen(model, before)
  }
}

export function setFrozen(model: Model, names: ReadonlySet<string>): void {
  model.frozen.clear()
  for (const name of names) model.frozen.add(name)
}

/** Returns the number of epochs of several phases. */
export const epochsOf = (phases: readonly Pick<Phase, 'epochs'>[]): number =>
  phases.reduce((sum, { epochs }) => sum + epochs, 0)

/** The place of a phase in its run: its index, of how many, and the number of epochs before it. */
interface Place {
  readonly index: number
  readonly of: number
  readonly epochs: number
}

function prepare(model: Model, options: PhasedOptions, phase: Phase, place: Place): PreparedPhase {
  const { phases: _, ...common } = options
  const { epochs, freeze, schedule = options.schedule } = phase
  const optimizer = inPhase(place, () => {
    if (freeze !== undefined) for (const name of matchParameters(model, freeze)) model.frozen.add(name)
    return optimizerOf(model, phase)
  })
  const settings = { ...common, ...endOf(options, phase, place), ...featuresOf(model, options) }
  const run = checkRun(model, { ...settings, epochs, optimizer, schedule })
  // The images of a trial are chosen by the seed of the run, and are the same in all phases. Order and views are not.
  const seed = run.options.seed + place.index
  return { ...run, options: { ...run.options, seed }, frozen: new Set(model.frozen) }
}

/** Makes the optimizer of a phase. @throws FineTuneError 'train/unmatched-parameters' */
function optimizerOf(model: Model, { lr, optimizer: make }: Phase): Optimizer {
  if (model.trainable.length === 0) throw modelError('model/nothing-to-train', { parameters: model.parameters.length })
  if (!make) return adamW(model, { lr: lr! })
  const optimizer = checkOptions(optimizerSchema, make(model), 'optimizer')
  checkParameters(model, { optimizer })
  return optimizer
}

/** Returns the options for the end of a run, which only the last phase has. Its epochs are counted from its first. */
function endOf({ swa, batchNorm }: PhasedOptions, { epochs }: Phase, place: Place) {
  if (place.index < place.of - 1) return { swa: undefined, batchNorm: undefined }
  const from = swa?.from
  if (from === undefined) return { batchNorm, swa }
  const [first, last] = [place.epochs + 1, place.epochs + epochs]
  if (from >= first && from <= last) return { batchNorm, swa: { from: from - place.epochs } }
  const expected = `from ${first} to ${last}, the epochs of the last phase`
  throw baseError('options/invalid', { option: 'fineTunePhases: swa.from', received: from, expected })
}

/** Returns the option for features. A phase whose first layers are trained has none, although others may. */
const featuresOf = (model: Model, { cacheFeatures }: PhasedOptions) =>
  cacheFeatures && !splitAtTrainable(model) ? { cacheFeatures: false } : { cacheFeatures }

function demandFeatures({ cacheFeatures: received }: PhasedOptions, phases: readonly PreparedPhase[]): void {
  if (!received || phases.some(({ featureViews }) => featureViews !== undefined)) return
  const expected = "left out, for no phase freezes the first layers: freeze: { upTo: 'layer4' }"
  throw baseError('options/invalid', { option: 'fineTunePhases: cacheFeatures', received, expected })
}

/** Tells the phase of an error. */
function inPhase<T>({ index }: Place, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!isFineTuneError(cause)) throw cause
    throw finetuneError('train/phase', { phase: index + 1, problem: cause.message }, { cause })
  }
}
