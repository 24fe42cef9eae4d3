import type { ImageDataset } from '../../data/dataset/dataset.js'
import { countPerClass } from '../../data/dataset/sampleTargets.js'
import type { Model } from '../../model/Model.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { nameOfProvider } from '../../platform/runtimes.js'
import { stepsOf } from '../../transforms/compose.js'
import { summaryOf, type TransformSummary } from '../../transforms/parts.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { viewsFor } from '../options/defaultTransforms.js'
import { featurePrecisionOf } from '../options/featureOptions.js'
import { classWeightsOf } from '../options/lossOfRun.js'
import { probabilitiesOf } from '../options/mixOptions.js'
import type { CheckedOptions } from '../options/options.js'
import { shardsOf } from '../options/shardOptions.js'
import { firstAveraged } from '../options/swaOptions.js'
import type { DatasetSummary, ModelSummary, RunRecord, RunSettings } from './RunRecord.js'

/** The properties of a run that are known before it starts. */
export type RunFacts = Pick<RunRecord, 'model' | 'train' | 'settings'> & Partial<Pick<RunRecord, 'validation'>>

/**
 * Returns the properties of a run that are known before it starts.
 *
 * @param featureViews views of each image whose features are computed once, if any
 */
export function factsOf(model: Model, options: CheckedOptions, featureViews: number | undefined): RunFacts {
  return {
    model: modelSummary(model),
    train: datasetSummary(options.train),
    ...(options.validation && { validation: datasetSummary(options.validation) }),
    settings: settingsOf(model, options, featureViews),
  }
}

const modelSummary = (model: Model): ModelSummary => ({
  architecture: model.architecture,
  classes: [...model.classes],
  ...(model.task !== 'classification' && { task: model.task }),
  inputSize: model.inputSize,
  parameters: model.parameterCount,
  trainable: numbersIn(model, model.trainable),
  ...(model.warnings.length > 0 && { warnings: model.warnings }),
})

export function datasetSummary(dataset: ImageDataset): DatasetSummary {
  const perClass = countPerClass(dataset)
  const { directory } = dataset as { directory?: unknown }
  return { samples: dataset.samples.length, perClass, ...(typeof directory === 'string' && { directory }) }
}

export function settingsOf(model: Model, options: CheckedOptions, featureViews: number | undefined): RunSettings {
  const { epochs, budget, batchSize, lossReduction, accumulate, seed, decoder, autoOrient, onError } = options
  const { sampling, workers, threads, runtime, executionProviders } = options
  const views = viewsFor(model, options)
  return {
    epochs,
    ...(budget !== undefined && { budget }),
    batchSize,
    lossReduction,
    ...lossSettings(options),
    accumulate,
    ...(options.replicas > 1 && { replicas: options.replicas }),
    ...shardSettings(options),
    ...(sampling && { sampling: Array.isArray(sampling) ? 'weights' : sampling }),
    ...(options.ema && { ema: options.ema }),
    ...(options.swa && { swa: { from: firstAveraged(options)! } }),
    ...(options.batchNorm !== 'running' && { batchNorm: options.batchNorm }),
    ...(options.stochasticDepth > 0 && { stochasticDepth: options.stochasticDepth }),
    ...(options.overfitBatches !== undefined && { overfitBatches: options.overfitBatches }),
    ...(options.fastDevRun && { fastDevRun: options.fastDevRun }),
    seed,
    schedule: options.schedule !== undefined,
    optimizer: options.optimizer.kind,
    groups: options.optimizer.groups.map((group) => ({ ...group, size: numbersIn(model, group.params) })),
    trainTransform: transformSummary(views.train),
    ...(options.validation && { validationTransform: transformSummary(views.validation) }),
    ...featureSettings(options, featureViews),
    decoder,
    autoOrient,
    onError,
    ...(workers !== undefined && { workers }),
    ...(threads !== undefined && { threads }),
    ...(runtime !== undefined && { runtime }),
    ...(executionProviders && {
      executionProviders: executionProviders === 'auto' ? ['auto'] : executionProviders.map(nameOfProvider),
    }),
  }
}

function featureSettings(options: CheckedOptions, featureViews: number | undefined) {
  if (featureViews === undefined) return undefined
  const precision = featurePrecisionOf(options)
  return { featureViews, ...(precision === 'int8' && { featurePrecision: precision }) }
}

function shardSettings(options: CheckedOptions) {
  const shards = shardsOf(options)
  if (!shards) return undefined
  const { transport } = shards
  const counts = { shards: shards.shards, localSteps: shards.localSteps }
  return { ...counts, ...(transport !== 'float32' && { transport }) }
}

function lossSettings(options: CheckedOptions) {
  const { loss, mixup, cutmix, distill } = options
  const classWeights = classWeightsOf(options)
  const shares = probabilitiesOf(options)
  return {
    ...(loss && loss.type !== 'crossEntropy' && { loss }),
    ...(loss?.type === 'crossEntropy' && loss.labelSmoothing > 0 && { labelSmoothing: loss.labelSmoothing }),
    ...(classWeights && { classWeights }),
    ...(distill && { distill: { ...distill, teacher: distill.teacher.architecture } }),
    ...(mixup && { mixup: { ...mixup, probability: shares.mixup } }),
    ...(cutmix && { cutmix: { ...cutmix, probability: shares.cutmix } }),
  }
}

const numbersIn = (model: Model, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + sizeOf(model.get(name).dims), 0)

const transformSummary = (transform: AnyTransform): TransformSummary[] => stepsOf(transform).map(summaryOf)
