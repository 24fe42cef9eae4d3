import { parallelism } from '#platform'
import { generateArtifacts } from '../../artifacts/generateArtifacts.js'
import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import type { Loss } from '../../autodiff/loss.js'
import type { OptimizerGroupState } from '../../contract/CheckpointState.js'
import type { Model } from '../../model/Model.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { clipGradients } from '../../optim/clipGradients.js'
import type { Replicas } from '../../session/client/Replicas.js'
import { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { withMasks } from '../batches/dropout.js'
import { logitsOf } from '../batches/evaluateBatches.js'
import { type NetworkInput, networkInput } from '../batches/networkInput.js'
import { trainingGraphOf } from '../batches/stochasticDepth.js'
import { withFeatures } from '../options/contrastiveOptions.js'
import { viewsFor } from '../options/defaultTransforms.js'
import { evaluationLossOf, trainingLossOf } from '../options/lossOfRun.js'
import type { CheckedOptions } from '../options/options.js'

/**
 * Returns the reduction of the session's loss. Batches of different sizes have a mean over all their examples only if
 * each gives its sum: their number is known when the update comes.
 */
export const lossReductionOf = ({ lossReduction, accumulate, replicas }: CheckedOptions): 'mean' | 'sum' =>
  accumulate > 1 || replicas > 1 ? 'sum' : lossReduction

/** The losses of a session in training and evaluation, and the values that it puts out. */
export interface Objective {
  readonly outputs: readonly string[]
  readonly loss: Loss
  readonly evalLoss?: Loss | undefined
}

/** Returns the value that holds the embeddings, if a loss compares them. */
export const comparedBy = (loss: Loss): string | undefined => ('features' in loss ? loss.features : undefined)

/** Returns the objective of a run, which puts out the model's logits, and the embeddings that it compares. */
export function objectiveOf(model: Model, options: CheckedOptions): Objective {
  const reduction = lossReductionOf(options)
  const loss = withFeatures(model, trainingLossOf(options, model.task, reduction))
  const embedding = comparedBy(loss)
  const outputs = [logitsOf(model), ...(embedding === undefined ? [] : [embedding])]
  return { outputs, loss, evalLoss: evaluationLossOf(options, model.task, reduction) }
}

/**
 * Opens a session.
 *
 * @param graph the network, or the part of it that trains
 * @param optimizerGroups the optimizer state to resume from. Default: the initial state
 */
export async function openSession(
  graph: Graph,
  model: Model,
  options: CheckedOptions,
  objective: Objective,
  optimizerGroups: readonly OptimizerGroupState[] = [],
): Promise<TrainingEngine> {
  const { runtime, executionProviders, replicas } = options
  const { threads = replicas > 1 ? Math.max(1, Math.floor(parallelism() / replicas)) : undefined } = options
  const made = await artifactsOf(graph, model, options, objective)
  const artifacts = { ...made, checkpoint: { ...made.checkpoint, optimizerGroups } }
  // Without the signal: an aborted session is gone, and its weights with it. The run ends after the current step.
  return TrainingEngine.create({ artifacts, runtime, executionProviders, threads })
}

/**
 * Opens the other replicas of a session, if the run has several.
 *
 * @param open opens another session of the same network, with the same state
 */
export async function openReplicas(
  session: TrainingEngine,
  { model, options }: { readonly model: Model; readonly options: CheckedOptions },
  open: () => Promise<TrainingEngine>,
): Promise<Replicas | undefined> {
  if (options.replicas === 1) return undefined
  const sessions = [session]
  try {
    while (sessions.length < options.replicas) sessions.push(await open())
  } catch (error) {
    await Promise.all(sessions.map((opened) => opened.release()))
    throw error
  }
  // Loaded when it is needed: few runs have replicas.
  const { Replicas: Together } = await import('../../session/client/Replicas.js')
  const elements = model.trainable.reduce((sum, name) => sum + sizeOf(model.get(name).dims), 0)
  return new Together(sessions, elements)
}

/** Makes the artifacts of a session. */
export function artifactsOf(
  graph: Graph,
  model: Model,
  options: CheckedOptions,
  objective: Objective,
): Promise<TrainingArtifacts> {
  const { optimizer, clipGradients: limits } = options
  return generateArtifacts(withMasks(graph).graph, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen, ...model.buffers].filter((name) => graph.initializers.has(name)),
    ...objective,
    optimizer: limits ? clipGradients(optimizer, limits) : optimizer,
  })
}

/**
 * Returns the network with the transforms of training, and of validation where there is one.
 *
 * @param graph the network as it trains
 */
export function networkOf(
  model: Model,
  options: CheckedOptions,
  graph: Graph = trainingGraphOf(model, options),
): NetworkInput {
  const { train, validation } = viewsFor(model, options)
  const views = options.validation ? [train, validation] : [train]
  // Bytes cannot be blended.
  if (options.mixup) return { graph, name: graph.inputs[0]!.name, views }
  return networkInput(graph, views)
}
