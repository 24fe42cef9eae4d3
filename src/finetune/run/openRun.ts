import { createLoaders } from '../../data/loader/createLoader.js'
import type { LoaderOptions } from '../../data/loader/loaderOptions.js'
import { drawnOf } from '../../data/loader/perClass.js'
import type { Model } from '../../model/Model.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { constantSchedule, type Schedule } from '../../optim/schedules.js'
import type { Replicas } from '../../session/client/Replicas.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { type Batches, imageBatches } from '../batches/batches.js'
import { type DropoutMask, maskedBatches, withMasks } from '../batches/dropout.js'
import { mixedBatches } from '../batches/mixedBatches.js'
import type { NetworkInput } from '../batches/networkInput.js'
import { trainingGraphOf } from '../batches/stochasticDepth.js'
import { targetBatches } from '../batches/targetBatches.js'
import type { FoundCheckpoint } from '../checkpoint/CheckpointFiles.js'
import type { Checkpoints } from '../checkpoint/Checkpoints.js'
import type { RunState } from '../checkpoint/RunState.js'
import { FeatureFiles } from '../features/FeatureFiles.js'
import { featureBatches } from '../features/featureBatches.js'
import { type FeaturePlan, planFeatures } from '../features/planFeatures.js'
import { explained, type MemoryInfo, memoryInfoOf } from '../memory/memoryInfo.js'
import { Budget } from '../options/Budget.js'
import { preprocessingOf, viewsFor } from '../options/defaultTransforms.js'
import { classWeightsOf, termsOf } from '../options/lossOfRun.js'
import type { CheckedOptions, RunLength } from '../options/options.js'
import { BestEpoch } from '../record/BestEpoch.js'
import { metricsOf } from '../record/metricsOf.js'
import { type Fronts, frontsOf } from './frontsOf.js'
import { comparedBy, lossReductionOf, networkOf, objectiveOf, openReplicas, openSession } from './openSession.js'
import { mergeSkipped, RunProgress } from './RunProgress.js'
import { StepSignal } from './StepSignal.js'

/** The state that a phase of a run starts from: that of a checkpoint, or of the end of the phase before. */
export type StartState = Pick<RunState, 'position' | 'best'> & Partial<Pick<RunState, 'optimizer' | 'averages'>>

/** The part of a phase that its run has made. A run without phases is one phase. */
export interface Stage {
  readonly schedule: Schedule
  readonly checkpoints: Checkpoints
  /** The checkpoint that the run resumes from in this phase. */
  readonly found: FoundCheckpoint | undefined
  /** The state that it starts from. Undefined: the start of the run. */
  readonly start: StartState | undefined
  /** The number of epochs of the whole run. */
  readonly epochs: number
  /** The phase, from 1, of a run that has several. */
  readonly phase?: number
}

export interface OpenRun extends Omit<Stage, 'start'> {
  readonly model: Model
  readonly options: CheckedOptions
  /** The session of the whole network, or of the part after its frozen front. */
  readonly session: TrainingEngine
  /** The sessions that train together, the one above first, if there are several. */
  readonly replicas: Replicas | undefined
  /** The frozen front, if features are computed once. */
  readonly fronts: Fronts | undefined
  readonly train: Batches
  readonly validation: Batches | undefined
  /** The number of steps that an epoch reports: one for each batch, or for as many as there are shards. */
  readonly stepsPerEpoch: number
  /** The reduction of the session's loss. */
  readonly lossReduction: 'mean' | 'sum'
  /** The weights by which the mean loss of classes is divided, unless all are 1. */
  readonly classWeights: readonly number[] | undefined
  /** The number of elements of each example that the mean loss is divided by. */
  readonly terms: number
  /** The value that holds the embeddings, if the loss compares them. */
  readonly embedding: string | undefined
  /** True if the run averages its weights. */
  readonly isAveraged: boolean
  readonly stop: StepSignal
  readonly progress: RunProgress
  readonly best: BestEpoch
  readonly budget: Budget
  /** The memory that it needs, if that can be estimated. */
  readonly memory: MemoryInfo | undefined
}

/** Returns the schedule of a run. */
export const scheduleOf = (options: CheckedOptions): Schedule =>
  options.schedule?.(lengthOf(options)) ?? constantSchedule()

export async function openRun(model: Model, options: CheckedOptions, { start, ...stage }: Stage): Promise<OpenRun> {
  model.preprocessing = { ...preprocessingOf(model, options), autoOrient: options.autoOrient }
  const trained = trainingGraphOf(model, options)
  const plan = planFeatures({ graph: trained, trainable: model.trainable }, options)
  const network = networkOf(model, options, trained)
  const fronts = plan && frontsOf(model, network, plan, options)
  const memory = plan ? undefined : await memoryInfoOf(model, options)
  const graph = plan?.tail ?? (await taught(network.graph, model, options))
  const { masks } = withMasks(graph)
  const stop = new StepSignal(options.signal)
  const data = openData(model, options, { stop, network, masks, cached: plan && fronts && { plan, fronts } })
  try {
    const outputs = model.classes.length
    const objective = objectiveOf(model, options)
    const open = () => openSession(graph, model, options, objective, start?.optimizer)
    const session = await open()
    const replicas = await openReplicas(session, { model, options }, open)
    const isAveraged = options.ema !== undefined
    if (isAveraged || options.swa) await session.averages.start(averagesOf(session, start))
    const progress = new RunProgress((sums) => metricsOf(model.task, outputs, sums), start?.position)
    const best = new BestEpoch(options, start?.best)
    const validations = data.validation?.count ?? 0
    const budget = new Budget(options.budget, lengthOf(options).steps, validations, start?.position.budget)
    const lossReduction = lossReductionOf(options)
    const stepsPerEpoch = Math.ceil(data.train.count / (options.shards ?? 1))
    const loss = { lossReduction, classWeights: divisorWeightsOf(options), terms: termsOf(model.task, outputs) }
    const embedding = comparedBy(objective.loss)
    const settings = { model, options, stepsPerEpoch, ...loss, embedding, isAveraged, memory }
    return { ...settings, session, replicas, fronts, ...data, ...stage, stop, progress, best, budget }
  } catch (error) {
    stop.close()
    await Promise.all([data.train.close(), data.validation?.close()])
    throw await explained(error, { model, options, memory })
  }
}

/** Returns the averages that a run resumes with: a checkpoint has the frozen tensors among them, which have no average. */
function averagesOf({ trainable, statistics }: TrainingEngine, start: StartState | undefined) {
  const names = [...trainable, ...statistics].filter((name) => start?.averages?.[name])
  return Object.fromEntries(names.map((name) => [name, start!.averages![name]!]))
}

/** Returns the network with the run's teacher beside it, if there is one. */
async function taught(graph: Graph, model: Model, { distill }: CheckedOptions): Promise<Graph> {
  if (!distill) return graph
  // Loaded when it is needed: few runs have a teacher.
  const { addTeacher } = await import('../distill/addTeacher.js')
  return addTeacher(graph, model, distill.teacher)
}

function lengthOf({ train, batchSize, epochs, accumulate, shards = 1 }: CheckedOptions): RunLength {
  const stepsPerEpoch = Math.ceil(Math.ceil(train.samples.length / batchSize) / (accumulate * shards))
  return { steps: epochs * stepsPerEpoch, stepsPerEpoch }
}

export async function closeRun(run: OpenRun): Promise<void> {
  const { session, replicas, fronts, train, validation, stop } = run
  stop.close()
  const opened = [...new Set(Object.values(fronts ?? {}))].map((front) => front.release())
  await Promise.all([train.close(), validation?.close(), ...opened, replicas?.release(), session.release()])
}

/** Returns the samples that the run has left out, also before it was resumed. */
export const skippedOf = ({ progress, train, validation }: OpenRun) => ({
  train: mergeSkipped(progress.skipped.train, train.skipped),
  validation: mergeSkipped(progress.skipped.validation, validation?.skipped ?? []),
})

/** Returns the weights by which the mean loss of classes is divided: cross-entropy's, not those of the focal loss. */
const divisorWeightsOf = (options: CheckedOptions) =>
  options.loss?.type === 'focal' ? undefined : classWeightsOf(options)

interface DataSources {
  readonly stop: StepSignal
  readonly network: NetworkInput
  /** The masks of the dropouts in training. */
  readonly masks: readonly DropoutMask[]
  readonly cached: { readonly plan: FeaturePlan; readonly fronts: Fronts } | undefined
}

function openData(model: Model, options: CheckedOptions, { stop: { signal }, network, masks, cached }: DataSources) {
  const { batchSize, seed, sampling, workers, prefetch, cacheBytes, decoder, autoOrient, onError } = options
  const loading = { batchSize, seed, workers, prefetch, cacheBytes, decoder, autoOrient, onError, signal }
  const transforms = viewsFor(model, options)
  const isShuffled = options.overfitBatches === undefined
  const sources = [
    {
      dataset: options.train,
      transform: transforms.train,
      shuffle: isShuffled,
      sampling,
      views: cached?.plan.views ?? 1,
    },
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
    const { plan, fronts } = cached
    const [front, precision] = i === 0 ? [fronts.train, plan.precision] : [fronts.validation]
    const origin = { dataset, front: plan.front, transform, decoder, autoOrient, seed, precision }
    const files = plan.directory === undefined ? undefined : new FeatureFiles(plan.directory, origin)
    const order = { ...drawnOf(dataset, { sampling: drawn, batchSize }, 'fineTune'), batchSize, seed, shuffle }
    const features = featureBatches(loaders[i]!, front, { ...order, views, files })
    return targetBatches(features, model.task)
  })
  return { train: maskedBatches(mixedOf(train!, model, options), masks, seed), validation }
}

function mixedOf(batches: Batches, { classes }: Model, { mixup, cutmix, seed }: CheckedOptions): Batches {
  if (!mixup && !cutmix) return batches
  return mixedBatches(batches, { mixing: { mixup, cutmix }, seed, classes: classes.length })
}
