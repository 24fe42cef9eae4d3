import {
  constantSchedule,
  cosineSchedule,
  linearWarmupSchedule,
  oneCycleSchedule,
  polynomialSchedule,
  type RunLength,
  type Schedule,
} from '../../index.js'
import { cliError } from '../errors.js'
import { choice, flag, type Options, real, section, text, type Values, whole } from '../options/options.js'
import { endingOptions, refuseEnding } from './ending.js'
import { refuseLoss } from './loss.js'
import { headOptions } from './network.js'
import { objectiveOptions, refuseMixedFeatures } from './objective.js'
import { demandRate, optimizerOptions, refuseMomentum } from './optimizer.js'
import { refusePhases } from './phases.js'

export const recipeOptions = section('Training', {
  recipe: choice(
    ['auto', 'manual'],
    'auto: heads and training of all layers are tried on the images, within 12 minutes or the budget, and the best is kept; manual: as the options below say',
    { otherwise: 'auto, unless one of these is given that only manual has' },
  ),
  epochs: whole('passes over the training images', { min: 1, default: 5 }),
  'freeze-epochs': whole('epochs before them that train the head alone', { min: 1, otherwise: 'none' }),
  budget: text('the longest that the run may take: 90s, 10m, 1h30m; the schedule is fitted to it', {
    placeholder: 'TIME',
    otherwise: 'as long as it takes',
  }),
  'batch-size': whole('images in a step', { min: 1, default: 32 }),
  accumulate: whole('steps whose gradients are added up before each update', { min: 1, default: 1 }),
  ...optimizerOptions,
  ...headOptions,
  schedule: choice(['constant', 'linear', 'cosine', 'one-cycle'], 'how the learning rate goes over the run', {
    default: 'cosine',
  }),
  ...objectiveOptions,
  ...endingOptions,
  'overfit-batches': whole('train on so many batches, the same in each epoch: a network that learns learns these', {
    min: 1,
    otherwise: 'all',
  }),
  'fast-dev-run': flag('one epoch of one batch, to see whether all works; only files that are named are written', {}),
  'feature-views': whole('run what is frozen over so many views of each image once, not in every epoch', {
    min: 1,
    otherwise: 'in every epoch',
  }),
  'feature-precision': choice(
    ['float32', 'int8'],
    'arithmetic of what is frozen for training images, run once as with --feature-views: int8 is two to three times as fast, a few percent beside float32',
    { otherwise: 'float32' },
  ),
  'clip-norm': real('most that the gradients of all weights together may be, as a norm', {
    above: 0,
    otherwise: 'as they are',
  }),
  'clip-value': real('most that each value of a gradient may be', { above: 0, otherwise: 'as it is' }),
  'retry-diverged': whole('times to go on with half the learning rates after a step with a number that is not finite', {
    otherwise: 'end the run',
    min: 1,
  }),
  warmup: whole('updates over which the learning rate rises first; not with one-cycle', { default: 0 }),
} satisfies Options)

type Recipe = Values<typeof recipeOptions>

/** The options of training that the automatic recipe has as well. */
const OF_BOTH = new Set(['recipe', 'budget', 'batch-size'])

/**
 * Tells whether the recipe is automatic: if that is asked for, or if nothing is given that it does not have. Random
 * weights have no features for a head to be fitted to.
 */
export function isAutomatic(
  options: Recipe & { readonly weights: string | undefined },
  given: ReadonlySet<string>,
): boolean {
  const manual = Object.keys(recipeOptions).find((name) => !OF_BOTH.has(name) && given.has(name))
  if (options.recipe === 'auto' && (manual || options.weights === 'none'))
    throw cliError('cli/bad-option', {
      option: '--recipe',
      expected: manual ? `manual with --${manual}` : 'manual with --weights none',
      received: 'auto',
    })
  return options.recipe === 'auto' || (options.recipe === undefined && !manual && options.weights !== 'none')
}

/**
 * Refuses options that contradict one another, before anything is opened.
 *
 * @throws FineTuneError 'cli/bad-option'
 */
export function refuseContradictions(options: Recipe): void {
  demandRate(options)
  refuseMomentum(options)
  refuseLoss(options)
  refuseMixedFeatures(options)
  refuseEnding(options)
  refusePhases(options)
  if (options.schedule !== 'one-cycle' || options.warmup === 0) return
  throw cliError('cli/bad-option', {
    option: '--warmup',
    expected: 'left out with --schedule one-cycle, which rises first by itself',
    received: options.warmup,
  })
}

/** Returns the schedule of a run: from the full rate to 0, or as it is, after a rise over the first updates. */
export function scheduleOf({ schedule, warmup }: Recipe): (run: RunLength) => Schedule {
  if (schedule === 'one-cycle') return ({ steps }) => (steps > 1 ? oneCycleSchedule({ steps }) : constantSchedule())
  return ({ steps }) => {
    const next = falls[schedule]({ steps: Math.max(steps - warmup, 1) })
    return warmup > 0 ? linearWarmupSchedule({ steps: warmup }, next) : next
  }
}

const falls = {
  constant: constantSchedule as (run: { readonly steps: number }) => Schedule,
  linear: polynomialSchedule,
  cosine: cosineSchedule,
}
