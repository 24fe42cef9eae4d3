import { generateArtifacts } from '../artifacts/generateArtifacts.js'
import { createLoader } from '../data/createLoader.js'
import type { ImageDataset } from '../data/dataset.js'
import type { LoaderOptions } from '../data/loaderOptions.js'
import type { Model } from '../model/Model.js'
import type { Graph } from '../onnx/graph.js'
import { constant, type Schedule } from '../optim/schedules.js'
import { TrainingSession } from '../session/TrainingSession.js'
import type { AnyTransform } from '../transforms/transform.js'
import { type Batches, pictureBatches } from './batches.js'
import { preprocessingOf, viewsFor } from './defaultTransforms.js'
import { inputOf, logitsOf } from './evaluateBatches.js'
import { FeatureFiles } from './features/FeatureFiles.js'
import { FrozenFront } from './features/FrozenFront.js'
import { featureBatches } from './features/featureBatches.js'
import { type FeaturePlan, planFeatures } from './features/planFeatures.js'
import type { CheckedOptions } from './options.js'

export interface OpenRun {
  readonly model: Model
  readonly options: CheckedOptions
  /** Of the whole network, or of what comes after its frozen front. */
  readonly session: TrainingSession
  /** Where features are computed once. */
  readonly front: FrozenFront | undefined
  readonly train: Batches
  readonly validation: Batches | undefined
  /** Of the session's loss. */
  readonly lossReduction: 'mean' | 'sum'
  readonly started: number
  /** Examples trained on, and the seconds that took. */
  examples: number
  trainSeconds: number
  readonly schedule: Schedule
  /** Optimizer steps done. */
  steps: number
}

export async function openRun(model: Model, options: CheckedOptions): Promise<OpenRun> {
  model.preprocessing = { ...preprocessingOf(model, options), autoOrient: options.autoOrient }
  const plan = planFeatures(model, options)
  const front = plan && frontOf(model, plan, options)
  const data = openData(model, options, plan && front && { plan, front })
  try {
    const schedule = scheduleOf(options, data.train.count)
    const session = await openSession(plan?.tail ?? model.graph, model, options, [logitsOf(model)])
    const lossReduction = lossReductionOf(options)
    const counters = { started: performance.now(), examples: 0, trainSeconds: 0, steps: 0 }
    return { model, options, session, front, ...data, lossReduction, schedule, ...counters }
  } catch (error) {
    await Promise.all([data.train.close(), data.validation?.close()])
    throw error
  }
}

function scheduleOf({ schedule, epochs, accumulate }: CheckedOptions, batches: number): Schedule {
  const stepsPerEpoch = Math.ceil(batches / accumulate)
  return schedule?.({ steps: epochs * stepsPerEpoch, stepsPerEpoch }) ?? constant()
}

export async function closeRun({ session, front, train, validation }: OpenRun): Promise<void> {
  await Promise.all([train.close(), validation?.close(), front?.release(), session.release()])
}

/**
 * Batches of different sizes have a mean over all their examples only where each gives its sum: how many there are is known
 * when the update comes.
 */
const lossReductionOf = ({ lossReduction, accumulate }: CheckedOptions): 'mean' | 'sum' =>
  accumulate > 1 ? 'sum' : lossReduction

/** @param graph the network, or the part of it that trains */
async function openSession(
  graph: Graph,
  model: Model,
  options: CheckedOptions,
  outputs: readonly string[],
): Promise<TrainingSession> {
  const { runtime, executionProviders, threads, optimizer } = options
  const artifacts = await generateArtifacts(graph, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen, ...model.buffers].filter((name) => graph.initializers.has(name)),
    loss: { type: 'crossEntropy', reduction: lossReductionOf(options) },
    outputs,
    optimizer,
  })
  // Without the signal: a session that is aborted is gone, and its weights with it. The run ends after the step that goes on.
  return TrainingSession.create({ artifacts, runtime, executionProviders, threads })
}

function frontOf(model: Model, { features }: FeaturePlan, options: CheckedOptions): FrozenFront {
  const names = features.map(({ name }) => name)
  return new FrozenFront(() => openSession(model.graph, model, options, names), inputOf(model), names)
}

function openData(
  model: Model,
  options: CheckedOptions,
  features: { readonly plan: FeaturePlan; readonly front: FrozenFront } | undefined,
) {
  const { batchSize, seed, workers, prefetch, cacheBytes, decoder, autoOrient, onError, signal } = options
  const loading = { batchSize, seed, workers, prefetch, cacheBytes, decoder, autoOrient, onError, signal }
  const open = (dataset: ImageDataset, transform: AnyTransform, shuffle: boolean, views: number): Batches => {
    const ofLoader = { ...loading, transform: transform as LoaderOptions['transform'] }
    if (!features) return pictureBatches(createLoader(dataset, { ...ofLoader, shuffle }), inputOf(model))
    const { plan, front } = features
    const origin = { dataset, front: plan.front, transform, decoder, autoOrient, seed }
    const files = plan.directory === undefined ? undefined : new FeatureFiles(plan.directory, origin)
    return featureBatches(createLoader(dataset, ofLoader), front, { batchSize, seed, shuffle, views, files })
  }
  const transforms = viewsFor(model, options)
  return {
    train: open(options.train, transforms.train, true, features?.plan.views ?? 1),
    validation: options.validation && open(options.validation, transforms.validation, false, 1),
  }
}
