import { adam, adamW, lamb, lion, type Model, type Optimizer, paramGroups, rmsProp, sgd } from '../../index.js'
import { cliError } from '../errors.js'
import { choice, type Options, real, type Values } from '../options/options.js'

export const optimizerOptions = {
  optimizer: choice(
    ['sgd', 'adam', 'adamw', 'rmsprop', 'lion', 'lamb'],
    'which optimizer updates the weights; train needs --lr for the last three, and lr-find suggests it',
    { default: 'adamw' },
  ),
  lr: real('learning rate of the backbone', {
    otherwise: '0.0003, for sgd 0.003; from scratch three times that, a tenth where batch norm is folded',
  }),
  'head-multiplier': real("the new head's learning rate is so many times that", { otherwise: '10; from scratch 1' }),
  'layer-decay': real("each block's learning rate is so many times that of the next; --lr is that of the head", {
    above: 0,
    most: 1,
    otherwise: 'all blocks have the same',
  }),
  momentum: real('of sgd and rmsprop', { most: 0.999, otherwise: '0.9 for sgd, 0 for rmsprop' }),
  'weight-decay': real('pull of the weights towards 0', { default: 0.001 }),
} satisfies Options

export type OptimizerSettings = Values<typeof optimizerOptions>

/**
 * The factor of the learning rate without batch norm: at the usual rate a ResNet-18 diverges in the first steps (adamw;
 * with gradients clipped to a norm of 1 too), and at a tenth of it it learns.
 */
const WITHOUT_BATCH_NORM = 0.1
const RATES: { readonly [name in OptimizerSettings['optimizer']]?: number } = { sgd: 3e-3, adam: 3e-4, adamw: 3e-4 }

/**
 * Makes the optimizer of the trainable parameters of a model. A model that starts from random weights has no pretrained
 * layers that need a lower rate.
 *
 * @throws FineTuneError 'cli/bad-option' for an optimizer whose rate must be given
 */
export function optimizerOf(model: Model, options: OptimizerSettings, fromScratch: boolean): Optimizer {
  const { optimizer, momentum } = options
  const groups = paramGroups(model, {
    lr: options.lr ?? usualRate(optimizer) * (fromScratch ? 3 : trainsFolded(model) ? WITHOUT_BATCH_NORM : 1),
    // With layer decay the head is the last of the blocks, whose rates differ already.
    headLrMultiplier: options['head-multiplier'] ?? (fromScratch || options['layer-decay'] !== undefined ? 1 : 10),
    layerDecay: options['layer-decay'],
    weightDecay: options['weight-decay'],
  })
  const makers = {
    sgd: () => sgd(groups, { momentum: momentum ?? 0.9 }),
    adam: () => adam(groups),
    adamw: () => adamW(groups),
    rmsprop: () => rmsProp(groups, { momentum }),
    lion: () => lion(groups),
    lamb: () => lamb(groups),
  }
  return makers[optimizer]()
}

/** Checks that there is a learning rate, before images are opened. @throws FineTuneError 'cli/bad-option' */
export function demandRate({ optimizer, lr }: Pick<OptimizerSettings, 'optimizer' | 'lr'>): void {
  if (lr === undefined) usualRate(optimizer)
}

/** Refuses a momentum for an optimizer that has none. @throws FineTuneError 'cli/bad-option' */
export function refuseMomentum({ optimizer, momentum }: Pick<OptimizerSettings, 'optimizer' | 'momentum'>): void {
  if (momentum === undefined || optimizer === 'sgd' || optimizer === 'rmsprop') return
  throw cliError('cli/bad-option', {
    option: '--momentum',
    expected: `left out with --optimizer ${optimizer}, which has none; sgd and rmsprop do`,
    received: momentum,
  })
}

function usualRate(optimizer: OptimizerSettings['optimizer']): number {
  const rate = RATES[optimizer]
  if (rate !== undefined) return rate
  throw cliError('cli/bad-option', {
    option: '--lr',
    expected: `given with --optimizer ${optimizer}, for which no rate is usual`,
    received: undefined,
  })
}

/** Returns the names of the parameters of the head. */
export const headParameters = ({ head }: Model): string[] =>
  [...(head.hidden ?? []), head].flatMap(({ weight, bias }) => [weight, bias])

/** Tells whether layers train whose batch norm is folded in the file. A head alone trains well without it. */
const trainsFolded = (model: Model): boolean => {
  const ofHead = headParameters(model)
  return (
    model.warnings.some(({ code }) => code === 'folded-batch-norm') &&
    model.trainable.some((name) => !ofHead.includes(name))
  )
}
