import {
  adam,
  adamW,
  constantSchedule,
  cosineSchedule,
  linearWarmupSchedule,
  type Model,
  type Optimizer,
  oneCycleSchedule,
  paramGroups,
  type RunLength,
  type Schedule,
  sgd,
} from '../../index.js'
import { cliError } from '../errors.js'
import { choice, type Options, real, section, text, type Values, whole } from '../options/options.js'
import { checkpointOptions } from './checkpoints.js'

export const recipeOptions = section('Training', {
  recipe: choice(
    ['auto', 'manual'],
    'auto: heads and training of all layers are tried on the images, within 12 minutes or the budget, and the best is kept; manual: as the options below say',
    { otherwise: 'auto, unless one of these is given that only manual has' },
  ),
  epochs: whole('passes over the training images', { min: 1, default: 5 }),
  budget: text('the longest that the run may take: 90s, 10m, 1h30m; the schedule is fitted to it', {
    placeholder: 'TIME',
    otherwise: 'as long as it takes',
  }),
  'batch-size': whole('images in a step', { min: 1, default: 32 }),
  accumulate: whole('steps whose gradients are added up before each update', { min: 1, default: 1 }),
  optimizer: choice(['sgd', 'adam', 'adamw'], 'which optimizer updates the weights', { default: 'adamw' }),
  lr: real('learning rate of the backbone', {
    otherwise: '0.0003, for sgd 0.003; from scratch three times that, a tenth where batch norm is folded',
  }),
  'head-multiplier': real("the new head's learning rate is so many times that", { otherwise: '10; from scratch 1' }),
  momentum: real('of sgd', { default: 0.9, most: 0.999 }),
  'weight-decay': real('pull of the weights towards 0', { default: 0.001 }),
  schedule: choice(['constant', 'cosine', 'one-cycle'], 'how the learning rate goes over the run', {
    default: 'cosine',
  }),
  'feature-views': whole('run what is frozen over so many views of each image once, not in every epoch', {
    min: 1,
    otherwise: 'in every epoch',
  }),
  'clip-norm': real('most that the gradients of all weights together may be, as a norm', { otherwise: 'as they are' }),
  'retry-diverged': whole('times to go on with half the learning rates after a step with a number that is not finite', {
    otherwise: 'end the run',
    min: 1,
  }),
  keep: choice(['last', 'best'], 'weights of the last epoch, or of that with the best validation accuracy', {
    default: 'last',
  }),
  patience: whole('end after so many epochs that were no better than the best', { min: 1, otherwise: 'never' }),
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
  const others = [...Object.keys(recipeOptions), ...Object.keys(checkpointOptions)].filter((name) => !OF_BOTH.has(name))
  const manual = others.find((name) => given.has(name))
  if (options.recipe === 'auto' && (manual || options.weights === 'none'))
    throw cliError('cli/bad-option', {
      option: '--recipe',
      expected: manual ? `manual with --${manual}` : 'manual with --weights none',
      received: 'auto',
    })
  return options.recipe === 'auto' || (options.recipe === undefined && !manual && options.weights !== 'none')
}

/**
 * The factor of the learning rate without batch norm: at the usual rate a ResNet-18 diverges in the first steps (adamw;
 * with gradients clipped to a norm of 1 too), and at a tenth of it it learns.
 */
const WITHOUT_BATCH_NORM = 0.1
const RATES = { sgd: 3e-3, adam: 3e-4, adamw: 3e-4 }

/**
 * Makes the optimizer of the trainable parameters of a model. A model that starts from random weights has no pretrained
 * layers that need a lower rate.
 */
export function optimizerOf(model: Model, options: Recipe, fromScratch: boolean): Optimizer {
  const { optimizer, momentum } = options
  const groups = paramGroups(model, {
    lr: options.lr ?? RATES[optimizer] * (fromScratch ? 3 : trainsFolded(model) ? WITHOUT_BATCH_NORM : 1),
    headLrMultiplier: options['head-multiplier'] ?? (fromScratch ? 1 : 10),
    weightDecay: options['weight-decay'],
  })
  return { sgd: () => sgd(groups, { momentum }), adam: () => adam(groups), adamw: () => adamW(groups) }[optimizer]()
}

/** Tells whether layers train whose batch norm is folded in the file. A head alone trains well without it. */
const trainsFolded = ({ warnings, trainable, head }: Model): boolean =>
  warnings.some(({ code }) => code === 'folded-batch-norm') &&
  trainable.some((name) => name !== head.weight && name !== head.bias)

export function scheduleOf({ schedule, warmup }: Recipe): (run: RunLength) => Schedule {
  if (schedule === 'one-cycle') return ({ steps }) => (steps > 1 ? oneCycleSchedule({ steps }) : constantSchedule())
  return ({ steps }) => {
    const rest = Math.max(steps - warmup, 1)
    const next = schedule === 'cosine' ? cosineSchedule({ steps: rest }) : constantSchedule()
    return warmup > 0 ? linearWarmupSchedule({ steps: warmup }, next) : next
  }
}
