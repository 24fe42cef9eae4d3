import { generateArtifacts } from '../../artifacts/generateArtifacts.js'
import type { Loss } from '../../autodiff/loss.js'
import type { OptimizerGroupState } from '../../contract/CheckpointState.js'
import { createLoaders } from '../../data/loader/createLoader.js'
import type { LoaderOptions } from '../../data/loader/loaderOptions.js'
import { sampleWeights } from '../../data/loader/sampling.js'
import type { Model } from '../../model/Model.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { clipGradients } from '../../optim/clipGradients.js'
import { constantSchedule, type Schedule } from '../../optim/schedules.js'
import { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { type Batches, imageBatches } from '../batches/batches.js'
import { logitsOf } from '../batches/evaluateBatches.js'
import { mixedBatches } from '../batches/mixedBatches.js'
import { type NetworkInput, networkInput } from '../batches/networkInput.js'
import { targetBatches } from '../batches/targetBatches.js'
import type { FoundCheckpoint } from '../checkpoint/CheckpointFiles.js'
import { Checkpoints } from '../checkpoint/Checkpoints.js'
import { FeatureFiles } from '../features/FeatureFiles.js'
import { FrozenFront } from '../features/FrozenFront.js'
import { featureBatches } from '../features/featureBatches.js'
import { type FeaturePlan, planFeatures } from '../features/planFeatures.js'
import { explained, type MemoryInfo, memoryInfoOf } from '../memory/memoryInfo.js'
import { Budget } from '../options/Budget.js'
import { preprocessingOf, viewsFor } from '../options/defaultTransforms.js'
import { classWeightsOf, evaluationLossOf, termsOf, trainingLossOf } from '../options/lossOfRun.js'
import type { CheckedOptions, RunLength } from '../options/options.js'
import { BestEpoch } from '../record/BestEpoch.js'
import { metricsOf } from '../record/metricsOf.js'
import { mergeSkipped, RunProgress } from './RunProgress.js'
import { StepSignal } from './StepSignal.js'

export interface OpenRun {
  readonly model: Model
  readonly options: CheckedOptions
  /** The session of the whole network, or of the part after its frozen front. */
  readonly session: TrainingEngine
  /** The frozen front, if features are computed once. */
  readonly front: FrozenFront | undefined
  readonly train: Batches
  readonly validation: Batches | undefined
  /** The reduction of the session's loss. */
  readonly lossReduction: 'mean' | 'sum'
  /** The weights by which the mean loss of classes is divided, unless all are 1. */
  readonly classWeights: readonly number[] | undefined
  /** The number of elements of each example that the mean loss is divided by. */
  readonly terms: number
  /** True if the run averages its weights. */
  readonly isAveraged: boolean
  readonly schedule: Schedule
  readonly stop: StepSignal
  readonly progress: RunProgress
  readonly best: BestEpoch
  readonly budget: Budget
  readonly checkpoints: Checkpoints
  /** The checkpoint that it resumes from. */
  readonly found: FoundCheckpoint | undefined
  /** The memory that it needs, if that can be estimated. */
  readonly memory: MemoryInfo | undefined
}

export async function openRun(model: Model, options: CheckedOptions): Promise<OpenRun> {
  const length = lengthOf(options)
  const schedule = options.schedule?.(length) ?? constantSchedule()
  const checkpoints = new Checkpoints(model, options, schedule)
  const found = await checkpoints.open()
  try {
    return await openParts(model, options, length, { schedule, checkpoints, found })
  } catch (error) {
    await checkpoints.close()
    throw error
  }
}

async function openParts(
  model: Model,
  options: CheckedOptions,
  length: RunLength,
  known: Pick<OpenRun, 'schedule' | 'checkpoints' | 'found'>,
): Promise<OpenRun> {
  const { found } = known
  model.preprocessing = { ...preprocessingOf(model, options), autoOrient: options.autoOrient }
  const plan = planFeatures(model, options)
  const network = networkOf(model, options)
  const front = plan && frontOf(model, network, plan, options)
  const memory = plan ? undefined : await memoryInfoOf(model, options)
  const stop = new StepSignal(options.signal)
  const data = openData(model, options, { stop, network, cached: plan && front && { plan, front } })
  try {
    const outputs = model.classes.length
    const graph = plan?.tail ?? network.graph
    const objective = { outputs: [logitsOf(model)], ...lossesOf(model, options) }
    const session = await openSession(graph, model, options, objective, found?.state.optimizer)
    const isAveraged = options.ema !== undefined
    if (isAveraged) await session.averages.start(found?.state.averages)
    const progress = new RunProgress((start) => metricsOf(model.task, outputs, start), found?.state.position)
    const best = new BestEpoch(options, found?.state.best)
    const validations = data.validation?.count ?? 0
    const budget = new Budget(options.budget, length.steps, validations, found?.state.position.budget)
    const lossReduction = lossReductionOf(options)
    const loss = { lossReduction, classWeights: divisorWeightsOf(options), terms: termsOf(model.task, outputs) }
    const settings = { model, options, ...loss, isAveraged, memory }
    return { ...settings, session, front, ...data, ...known, stop, progress, best, budget }
  } catch (error) {
    stop.close()
    await Promise.all([data.train.close(), data.validation?.close()])
    throw await explained(error, { model, options, memory })
  }
}

function lengthOf({ train, batchSize, epochs, accumulate }: CheckedOptions): RunLength {
  const stepsPerEpoch = Math.ceil(Math.ceil(train.samples.length / batchSize) / accumulate)
  return { steps: epochs * stepsPerEpoch, stepsPerEpoch }
}

export async function closeRun({ session, front, train, validation, stop, checkpoints }: OpenRun): Promise<void> {
  stop.close()
  const parts = [train.close(), validation?.close(), front?.release(), session.release()]
  await Promise.all(parts).finally(() => checkpoints.close())
}

/** Returns the samples that the run has left out, also before it was resumed. */
export const skippedOf = ({ progress, train, validation }: OpenRun) => ({
  train: mergeSkipped(progress.skipped.train, train.skipped),
  validation: mergeSkipped(progress.skipped.validation, validation?.skipped ?? []),
})

/**
 * Returns the reduction of the session's loss. Batches of different sizes have a mean over all their examples only if
 * each gives its sum: their number is known when the update comes.
 */
const lossReductionOf = ({ lossReduction, accumulate }: CheckedOptions): 'mean' | 'sum' =>
  accumulate > 1 ? 'sum' : lossReduction

function lossesOf({ task }: Model, options: CheckedOptions) {
  const reduction = lossReductionOf(options)
  return { loss: trainingLossOf(options, task, reduction), evalLoss: evaluationLossOf(options, task, reduction) }
}

/** Returns the weights by which the mean loss of classes is divided: cross-entropy's, not those of the focal loss. */
const divisorWeightsOf = (options: CheckedOptions) =>
  options.loss?.type === 'focal' ? undefined : classWeightsOf(options)

/**
 * Opens the session.
 *
 * @param graph the network, or the part of it that trains
 * @param objective the losses of training and evaluation, and other values to put out
 * @param optimizerGroups the optimizer state to resume from. Default: the initial state
 */
async function openSession(
  graph: Graph,
  model: Model,
  options: CheckedOptions,
  { outputs, ...losses }: { readonly outputs: readonly string[]; readonly loss: Loss; readonly evalLoss?: Loss },
  optimizerGroups: readonly OptimizerGroupState[] = [],
): Promise<TrainingEngine> {
  const { runtime, executionProviders, threads, optimizer, clipGradients: limits } = options
  const made = await generateArtifacts(graph, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen, ...model.buffers].filter((name) => graph.initializers.has(name)),
    ...losses,
    outputs,
    optimizer: limits ? clipGradients(optimizer, limits) : optimizer,
  })
  const artifacts = { ...made, checkpoint: { ...made.checkpoint, optimizerGroups } }
  // Without the signal: an aborted session is gone, and its weights with it. The run ends after the current step.
  return TrainingEngine.create({ artifacts, runtime, executionProviders, threads })
}

/** With the transforms of training, and of validation where there is one. */
function networkOf(model: Model, options: CheckedOptions): NetworkInput {
  const { train, validation } = viewsFor(model, options)
  const views = options.validation ? [train, validation] : [train]
  // Bytes cannot be blended.
  if (options.mixup) return { graph: model.graph, name: model.graph.inputs[0]!.name, views }
  return networkInput(model.graph, views)
}

function frontOf(model: Model, network: NetworkInput, { features }: FeaturePlan, options: CheckedOptions): FrozenFront {
  const outputs = features.map(({ name }) => name)
  // A front is never trained: its loss is any that takes the classes.
  const loss = { type: 'crossEntropy', reduction: 'mean' } as const
  const open = () => openSession(network.graph, model, options, { outputs, loss })
  return new FrozenFront(open, network.name, outputs)
}

interface DataSources {
  readonly stop: StepSignal
  readonly network: NetworkInput
  readonly cached: { readonly plan: FeaturePlan; readonly front: FrozenFront } | undefined
}

function openData(model: Model, options: CheckedOptions, { stop: { signal }, network, cached }: DataSources) {
  const { batchSize, seed, sampling, workers, prefetch, cacheBytes, decoder, autoOrient, onError } = options
  const loading = { batchSize, seed, workers, prefetch, cacheBytes, decoder, autoOrient, onError, signal }
  const transforms = viewsFor(model, options)
  const sources = [
    { dataset: options.train, transform: transforms.train, shuffle: true, sampling, views: cached?.plan.views ?? 1 },
    ...(options.validation
      ? [
          {
            dataset: options.validation,
            transform: transforms.validation,
            shuffle: false,
            sampling: undefined,
            views: 1,
          },
        ]
      : []),
  ]
  const loaders = createLoaders(
    sources.map(({ dataset, shuffle, sampling: drawn }, i) => [
      dataset,
      // Features are shuffled and drawn when they are read.
      {
        ...loading,
        transform: network.views[i] as LoaderOptions['transform'],
        ...(!cached && { shuffle, sampling: drawn }),
      },
    ]),
  )
  const [train, validation] = sources.map(({ dataset, transform, shuffle, sampling: drawn, views }, i): Batches => {
    if (!cached) return targetBatches(imageBatches(loaders[i]!, network.name), model.task)
    const { plan, front } = cached
    const origin = { dataset, front: plan.front, transform, decoder, autoOrient, seed }
    const files = plan.directory === undefined ? undefined : new FeatureFiles(plan.directory, origin)
    const weights = sampleWeights(dataset, drawn, 'fineTune')
    const features = featureBatches(loaders[i]!, front, { batchSize, seed, shuffle, weights, views, files })
    return targetBatches(features, model.task)
  })
  const { mixup, cutmix } = options
  if (!mixup && !cutmix) return { train: train!, validation }
  const mixing = { mixing: { mixup, cutmix }, seed, classes: model.classes.length }
  return { train: mixedBatches(train!, mixing), validation }
}
