import type { AnyTransform } from '../../index.js'
import { augmentationOptions } from '../options/augmentation.js'
import { choice, names, type Options, section, type Values, whole } from '../options/options.js'
import { checkpointOptions } from './checkpoints.js'
import { endingOf } from './ending.js'
import { imageOptions } from './images.js'
import { networkOptions } from './network.js'
import { objectiveOf } from './objective.js'
import { recipeOptions } from './recipe.js'
import { resultOptions } from './results.js'

export const machineOptions = section('Machine', {
  seed: whole('decides the split, the new head, order and augmentation', { default: 0 }),
  threads: whole('threads of the arithmetic', { min: 1, otherwise: 'all processors' }),
  workers: whole('threads that load images', { otherwise: 'one less than processors, 1 to 4' }),
  runtime: choice(['onnxruntime-node', 'onnxruntime-web'], 'which ONNX Runtime', { otherwise: 'what is installed' }),
  providers: names('execution providers to choose from, in order, such as webgpu,cpu; or auto', { otherwise: 'cpu' }),
} satisfies Options)

/** The options of `train`, in the order of its help. */
export const trainOptions = {
  ...resultOptions,
  ...checkpointOptions,
  ...networkOptions,
  ...recipeOptions,
  ...imageOptions,
  ...section('Augmentation', augmentationOptions),
  ...machineOptions,
}

export type TrainOptions = Values<typeof trainOptions>

/** Returns the options of `fineTune` with the automatic recipe. Its own augmentation is used unless one is given. */
export function automaticSettingsOf(options: TrainOptions, given: ReadonlySet<string>, trainTransform: AnyTransform) {
  const { budget, batchSize, seed, threads, workers, runtime, executionProviders, autoOrient, onError } =
    settingsOf(options)
  const isAugmented = Object.keys(augmentationOptions).some((name) => given.has(name))
  return {
    ...{ recipe: 'auto' as const, budget, batchSize, seed, threads, workers, runtime, executionProviders },
    ...{ autoOrient, onError, ...(isAugmented && { trainTransform }) },
  }
}

/** Returns the options to repeat a command with the automatic recipe: those that were given, and that it has this one. */
export const automaticCommandOf = (options: TrainOptions, given: ReadonlySet<string>): Partial<TrainOptions> => ({
  ...Object.fromEntries(Object.entries(options).filter(([name]) => given.has(name))),
  recipe: 'auto',
})

/** Returns the options of `fineTune` that differ from those of the command line in their names only. */
export const settingsOf = (options: TrainOptions) => ({
  epochs: options.epochs,
  budget: options.budget,
  batchSize: options['batch-size'],
  accumulate: options.accumulate,
  clipGradients: limitsOf(options),
  onDiverged: options['retry-diverged'] === undefined ? undefined : { times: options['retry-diverged'] },
  ...objectiveOf(options),
  ...endingOf(options),
  overfitBatches: options['overfit-batches'],
  fastDevRun: options['fast-dev-run'],
  cacheFeatures: featuresOf(options),
  ...loadingOf(options),
})

function featuresOf({ 'feature-views': views, 'feature-precision': precision }: TrainOptions) {
  return views === undefined && precision === undefined ? undefined : { views, precision }
}

function limitsOf({ 'clip-norm': norm, 'clip-value': value }: TrainOptions) {
  return norm === undefined && value === undefined ? undefined : { norm, value }
}

type Loading = Values<typeof machineOptions> & Pick<TrainOptions, 'auto-orient' | 'skip-unreadable'>

/** Returns the options of a run about the machine and the reading of images. */
export const loadingOf = (options: Loading) => ({
  seed: options.seed,
  threads: options.threads,
  workers: options.workers,
  runtime: options.runtime,
  executionProviders: options.providers?.join() === 'auto' ? ('auto' as const) : options.providers,
  autoOrient: options['auto-orient'],
  onError: options['skip-unreadable'] ? ('skip' as const) : ('throw' as const),
})
