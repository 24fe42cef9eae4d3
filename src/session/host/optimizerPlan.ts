import { optimizerOfOfficial } from '../../artifacts/officialOptimizer.js'
import { baseError } from '../../errors.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { OPTIMIZER_METADATA } from '../../optim/updateGraph.js'
import type { LearningRates } from '../protocol/HostCalls.js'

/**
 * An optimizer model in the form that the session runs: the update as stock operators, and the groups of its learning
 * rates.
 */
export interface OptimizerPlan {
  readonly graph: Graph
  readonly groups: readonly { readonly name: string; readonly lr: number; readonly params: readonly string[] }[]
}

/**
 * Plans the update of an optimizer model.
 *
 * @param dims the shapes of the trainable parameters
 * @throws FineTuneError 'artifacts/unsupported-optimizer'
 */
export function planOptimizer(model: Graph, dims: ReadonlyMap<string, readonly number[]>): OptimizerPlan {
  const ours = model.metadata.has(OPTIMIZER_METADATA)
  const graph = ours ? model : optimizerOfOfficial(model, [...dims.keys()]).buildGraph(dims)
  const { groups } = JSON.parse(graph.metadata.get(OPTIMIZER_METADATA)!) as OptimizerPlan
  return { graph, groups }
}

/**
 * Returns one learning rate for each group; those that are omitted are the groups' own.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function ratesOf(rates: LearningRates | undefined, { groups }: OptimizerPlan): readonly number[] {
  const list = rates === undefined ? groups.map(({ lr }) => lr) : isList(rates) ? rates : byName(rates, groups)
  if (list.length === groups.length && list.every((rate) => rate >= 0 && rate < Infinity)) return list
  throw invalid(rates, `${groups.length} numbers of at least 0, for ${groups.map(({ name }) => name).join(', ')}`)
}

const isList = (rates: LearningRates): rates is readonly number[] => Array.isArray(rates)

function byName(rates: Readonly<Record<string, number>>, groups: OptimizerPlan['groups']): readonly number[] {
  const names = groups.map(({ name }) => name)
  for (const name of Object.keys(rates))
    if (!names.includes(name)) throw invalid(rates, `rates for the groups ${names.join(', ')}`)
  return groups.map(({ name, lr }) => rates[name] ?? lr)
}

const invalid = (received: unknown, expected: string) =>
  baseError('options/invalid', { option: 'optimizerStep: learningRates', received, expected })
