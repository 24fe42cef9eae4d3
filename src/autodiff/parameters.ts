import { FineTuneError } from '../errors.js'
import type { Graph, Node } from '../onnx/graph.js'
import { ruleOf } from './gradients/register.js'

export interface ParameterNames {
  /** Initializers to train. */
  readonly requiresGrad: readonly string[]
  /** Initializers that stay as they are, but are fed instead of being part of the graph. Default: none. */
  readonly frozenParams?: readonly string[] | undefined
}

/**
 * Turns parameters from initializers into inputs of the same name: the trainable ones first, then the frozen ones, then
 * what training updates besides (running statistics); each in the order of the model.
 *
 * @throws 'autodiff/unknown-parameter' for a name that is no initializer
 */
export function parametersToInputs(graph: Graph, names: ParameterNames): void {
  const { requiresGrad, frozenParams = [] } = names
  for (const parameter of [...requiresGrad, ...frozenParams])
    if (!graph.initializers.has(parameter))
      throw new FineTuneError('autodiff/unknown-parameter', { parameter, known: [...graph.initializers.keys()] })
  const inModelOrder = (group: readonly string[]) =>
    [...graph.initializers.keys()].filter((name) => group.includes(name))
  const states = statesOf(graph, requiresGrad).map(({ state }) => state)
  const parameters = new Set([requiresGrad, frozenParams, states].flatMap(inModelOrder))
  graph.inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name))
  for (const name of parameters) {
    const { type, dims } = graph.initializers.get(name)!
    graph.inputs.push({ name, type, shape: dims })
    graph.initializers.delete(name)
  }
}

/** What a training step updates besides the trainable parameters, and the node that does it. */
export function statesOf(graph: Graph, requiresGrad: readonly string[]): { state: string; node: Node }[] {
  const trainable = new Set(requiresGrad)
  const states = graph.nodes.flatMap((node) =>
    (ruleOf(node)?.state?.(node, (value) => trainable.has(value)) ?? []).map((state) => ({ state, node })),
  )
  const first = new Map<string, Node>()
  for (const { state, node } of states) {
    const other = first.get(state)
    if (other) throw new FineTuneError('autodiff/shared-state', { state, nodes: [other.name, node.name] })
    first.set(state, node)
  }
  return states
}
