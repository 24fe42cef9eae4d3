import * as z from 'zod'
import { checkArgument, type Kind, kinds } from '../arguments.js'
import { buildEvalGraph } from '../autodiff/buildEvalGraph.js'
import { type Loss, lossSchema } from '../autodiff/loss.js'
import type { CheckpointParameter, CheckpointState } from '../contract/CheckpointState.js'
import { readModel } from '../onnx/format/read.js'
import { writeModel } from '../onnx/format/write.js'
import { Graph } from '../onnx/graph/graph.js'
import { graphKind } from '../onnx/graph/kinds.js'
import type { Optimizer } from '../optim/Optimizer.js'
import { checkOptions } from '../options.js'
import { TimeSlicer } from '../TimeSlicer.js'
import { type OfficialOptimizer, officialOptimizerModel } from './officialOptimizer.js'
import { saveArtifacts } from './saveArtifacts.js'
import type { TrainingArtifacts } from './TrainingArtifacts.js'

export interface ArtifactOptions {
  /**
   * The names of the parameters to train. A batch normalization is trained if its scale or bias is one of them or
   * computed from one.
   */
  readonly requiresGrad: readonly string[]
  /**
   * The names of parameters that are not trained but kept in the checkpoint; all others stay in the models. Default:
   * none.
   */
  readonly frozenParams?: readonly string[] | undefined
  readonly loss: Loss
  /** The loss of the evaluation model. Default: `loss`. */
  readonly evalLoss?: Loss | undefined
  /**
   * The optimizer: `sgd(groups)` or another of this library, or one of the official tool: `'adamW'` (betas 0.9 and
   * 0.999, epsilon 1e-6, no weight decay) or `'sgd'` (plain), which Microsoft's training builds support.
   */
  readonly optimizer: Optimizer | OfficialOptimizer
  /** The names of values that both models output besides the loss, such as the logits. Default: none. */
  readonly outputs?: readonly string[] | undefined
  /** The directory to write the four files to (Node only). It must exist. Default: none is written. */
  readonly directory?: string | URL | undefined
}

/**
 * Generates the official training artifacts of a model: training model, evaluation model, optimizer model and
 * checkpoint. Models with an official optimizer run on Microsoft's training builds too; those with one of this library
 * run in `TrainingEngine`.
 *
 * `model` is the forward graph, as a `Graph`, the bytes of an ONNX file, or anything with a `graph`. It is not changed.
 *
 * @throws FineTuneError 'options/invalid', 'autodiff/unknown-parameter', 'autodiff/no-gradient',
 *   'autodiff/unreachable', 'autodiff/computed-state', 'autodiff/shared-state', 'artifacts/cannot-write';
 *   'model/ungrouped' and 'optim/unknown-parameter' where the groups of the optimizer do not fit `requiresGrad`
 */
export async function generateArtifacts(
  model: Graph | Uint8Array | { readonly graph: Graph },
  options: ArtifactOptions,
): Promise<TrainingArtifacts> {
  const { requiresGrad, frozenParams, loss, evalLoss, outputs, optimizer, directory } = checkOptions(
    schema,
    options,
    'generateArtifacts',
  ) as ArtifactOptions
  checkArgument('generateArtifacts: model', model, modelKind)
  // Cloned, because the caller may change the model while the parts are built in slices of time.
  const forward = graphOf(model).clone()
  const parts = { requiresGrad, frozenParams, loss, outputs }
  // A page loads automatic differentiation when it needs it.
  const { buildTrainingGraph } = await import('../autodiff/buildTrainingGraph.js')
  const slices = new TimeSlicer()
  const inTurn = async <T>(work: () => T): Promise<T> => slices.next().then(work)
  const training = buildTrainingGraph(forward, parts)
  const artifacts = {
    trainingModel: await inTurn(() => writeModel(training)),
    evalModel: await inTurn(() => writeModel(buildEvalGraph(forward, { ...parts, loss: evalLoss ?? loss }))),
    optimizerModel: await inTurn(() => optimizerModelOf(optimizer, forward, requiresGrad)),
    checkpoint: checkpointOf(forward, training, requiresGrad),
  }
  if (directory !== undefined) await saveArtifacts(artifacts, directory)
  return artifacts
}

function graphOf(model: Graph | Uint8Array | { readonly graph: Graph }): Graph {
  if (model instanceof Uint8Array) return readModel(model)
  return model instanceof Graph ? model : model.graph
}

const modelKind: Kind = {
  expected: 'a Graph, the bytes of an ONNX file, or an object with a graph',
  is: (value) =>
    graphKind.is(value) || kinds.bytes.is(value) || graphKind.is((value as { graph?: unknown } | null)?.graph),
}

function optimizerModelOf(optimizer: Optimizer | OfficialOptimizer, forward: Graph, params: readonly string[]) {
  if (typeof optimizer === 'string') return officialOptimizerModel(optimizer)
  return writeModel(optimizer.buildGraph(new Map(params.map((name) => [name, forward.initializers.get(name)!.dims]))))
}

/** Returns the state of every input of the training model that has a value in the forward graph. */
function checkpointOf(forward: Graph, training: Graph, requiresGrad: readonly string[]): CheckpointState {
  const trainable = new Set(requiresGrad)
  const parameters = new Map<string, CheckpointParameter>()
  for (const { name } of training.inputs) {
    const tensor = forward.initializers.get(name)
    if (tensor) parameters.set(name, { tensor, requiresGrad: trainable.has(name) })
  }
  return { parameters, optimizerGroups: [], properties: new Map() }
}

const names = z.array(z.string().min(1))
const isOptimizer = (value: unknown): boolean => typeof (value as Partial<Optimizer> | null)?.buildGraph === 'function'
const schema = z.strictObject({
  requiresGrad: names.min(1),
  frozenParams: names.optional(),
  loss: lossSchema,
  evalLoss: lossSchema.optional(),
  optimizer: z.custom<Optimizer | OfficialOptimizer>(
    (value) => value === 'adamW' || value === 'sgd' || isOptimizer(value),
    { error: "an optimizer such as sgd(groups), or 'adamW' or 'sgd'" },
  ),
  outputs: names.optional(),
  directory: z.union([z.string().min(1), z.instanceof(URL)]).optional(),
})
