import { gradientOf } from '../../contract/names.js'
import type { Roles } from '../../contract/roles.js'
import { inStockForms, lower } from '../../lowering/lower.js'
import type { Target } from '../../lowering/targets.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { averageGraph, averageOf } from '../../optim/averageGraph.js'
import { scaleGradients } from '../../optim/scaleGradients.js'
import { withSquares, withStatisticSums } from './FiniteCheck.js'
import type { FeedInfo, ModelName } from './OpenModels.js'
import type { OptimizerPlan } from './optimizerPlan.js'
import type { StateBuffers } from './StateBuffers.js'

/** The parts that a session's models are built from. */
export interface ModelSources {
  readonly target: Target
  readonly training: Graph
  readonly evaluation: Graph
  readonly optimizer: OptimizerPlan
  readonly roles: Roles
  readonly state: StateBuffers
  /** True if the state stays on a device: models then take it as inputs, and are not built anew when it changes. */
  readonly onDevice: boolean
}

/**
 * Builds the graph of a model for ONNX Runtime, with the current values of the frozen parameters as constants; in
 * evaluation on the processor all parameters are, so that batch normalization is folded and weights are laid out for
 * speed.
 *
 * @param shapes those of the feeds, for a training graph that is written for these alone
 */
export function graphOf(sources: ModelSources, model: ModelName, shapes: FeedInfo['shapes'] | undefined): Graph {
  const { target, training, evaluation, roles, state, onDevice } = sources
  if (model === 'optimizer') return inStockForms(scaleGradients(updateGraph(sources), roles.trainable), target)
  if (model === 'average') return inStockForms(averageGraph(averagedDims(sources)), target)
  if (model === 'evaluation' || model === 'averaged evaluation') {
    const names = onDevice ? roles.frozen : evaluation.inputs.map(nameOf)
    return lower(evaluation, { target, constants: tensorsOf(state, names, model === 'averaged evaluation') })
  }
  const step = lower(training, {
    target,
    accumulate: model === 'accumulating training',
    ...(model === 'updating training' && { update: updateGraph(sources) }),
    constants: tensorsOf(state, roles.frozen),
    shapes,
  })
  const checked = withSquares(step, roles.trainable)
  return onDevice && roles.statistics.length > 0 ? withStatisticSums(checked, roles.statistics) : checked
}

/** Returns the graph of the update. The optimizer's state is added at its first step, all zero. */
function updateGraph({ optimizer: { graph }, roles, state }: ModelSources): Graph {
  const fed = new Set(['learning_rate', 'step', ...roles.trainable.map(gradientOf)])
  for (const { name, shape } of graph.inputs)
    if (!state.has(name) && !fed.has(name)) state.add(name, 'float32', shape as readonly number[])
  return graph
}

/** Returns the shapes of the tensors that have averages. */
const averagedDims = ({ roles, state }: ModelSources): ReadonlyMap<string, readonly number[]> =>
  new Map([...roles.trainable, ...roles.statistics].map((name) => [name, state.get(name)!.dims]))

/**
 * Returns tensors in the standard layout.
 *
 * @param averaged true for the averages of those that have one
 */
function tensorsOf(state: StateBuffers, names: readonly string[], averaged = false): ReadonlyMap<string, Tensor> {
  const sourceOf = (name: string) => (averaged && state.has(averageOf(name)) ? averageOf(name) : name)
  return new Map(names.filter((name) => state.has(name)).map((name) => [name, state.view(sourceOf(name))]))
}

const nameOf = ({ name }: { readonly name: string }): string => name
