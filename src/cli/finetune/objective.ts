import { cliError } from '../errors.js'
import { flag, type Options, real, type Values } from '../options/options.js'
import { comparingLossOf, lossOptions } from './loss.js'

/** The options of the loss, of what a batch is made of, and of what a step leaves out. */
export const objectiveOptions = {
  ...lossOptions,
  'label-smoothing': real('share of each label that is spread over all classes', { below: 1, otherwise: '0' }),
  mixup: real('blend pairs of images, with shares from the beta distribution of this parameter', {
    above: 0,
    otherwise: 'no; 0.2 is usual',
  }),
  cutmix: real('paste a part of another image into each, with areas from that distribution', {
    above: 0,
    otherwise: 'no; 1 is usual',
  }),
  'stochastic-depth': real(
    'share of the images for which a step leaves out the last residual branch; less of those before it',
    {
      below: 1,
      otherwise: '0; 0.1 to 0.2 is usual',
    },
  ),
  balanced: flag('draw images so that each class comes equally often', {}),
} satisfies Options

type Objective = Values<typeof objectiveOptions>

const smoothed = (labelSmoothing: number | undefined) =>
  labelSmoothing === undefined ? undefined : { type: 'crossEntropy' as const, labelSmoothing }
const several = (perClass: number | undefined) => (perClass === undefined ? undefined : { perClass })
const alphaOf = (alpha: number | undefined) => (alpha === undefined ? undefined : { alpha })

/** Returns the options of `fineTune` for loss and sampling. */
export const objectiveOf = (options: Objective) => ({
  loss: comparingLossOf(options) ?? smoothed(options['label-smoothing']),
  mixup: alphaOf(options.mixup),
  cutmix: alphaOf(options.cutmix),
  stochasticDepth: options['stochastic-depth'],
  sampling: options.balanced ? ('balanced' as const) : several(options['images-per-class']),
})

interface FeaturesOnce {
  readonly 'feature-views': number | undefined
  readonly 'feature-precision': string | undefined
}

/**
 * Refuses mixing of images whose features are computed once.
 *
 * @throws FineTuneError 'cli/bad-option'
 */
export function refuseMixedFeatures(options: Objective & FeaturesOnce): void {
  const mixing = (['mixup', 'cutmix'] as const).find((name) => options[name] !== undefined)
  const once = (['feature-views', 'feature-precision'] as const).find((name) => options[name] !== undefined)
  if (mixing === undefined || once === undefined) return
  throw cliError('cli/bad-option', {
    option: `--${mixing}`,
    expected: `left out with --${once}, since images are mixed anew in each epoch`,
    received: options[mixing],
  })
}
