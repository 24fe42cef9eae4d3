import { FineTuneError } from '../errors.js'
import { type Graph, type Node, valuesReadBy } from '../onnx/graph/graph.js'
import { dependentValues } from '../onnx/transform/reachability.js'
import { ruleOf } from './gradients/register.js'

export interface ParameterNames {
  /** Initializers to train. */
  readonly requiresGrad: readonly string[]
  /** Initializers that stay as they are, but are fed instead of being part of the graph. Default: none. */
  readonly frozenParams?: readonly string[] | undefined
}

/**
 * Whoever reads a parameter through Identity reads the parameter itself, so that its scale, its filter or its running mean
 * is known for what it is. An Identity that nobody reads any more goes, unless it is to be put out.
 */
export function bypassIdentities(graph: Graph, outputs: readonly string[] = []): void {
  const parameters = new Map<string, string>()
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((input) => parameters.get(input) ?? input)
    const [input, output] = [node.inputs[0]!, node.outputs[0]!]
    if (isIdentity(node) && graph.initializers.has(input)) parameters.set(output, input)
  }
  const read = new Set([...outputs, ...graph.nodes.flatMap(valuesReadBy)])
  const idle = new Set([...parameters.keys()].filter((name) => !read.has(name)))
  graph.nodes = graph.nodes.filter((node) => !idle.has(node.outputs[0]!))
  for (const name of idle) graph.values.delete(name)
}

const isIdentity = ({ domain, opType }: Node): boolean => domain === '' && opType === 'Identity'

/**
 * Turns parameters from initializers into inputs of the same name: the trainable ones first, then the frozen ones, then
 * what training updates besides (running statistics); each in the order of the model.
 *
 * @throws 'autodiff/unknown-parameter' for a name that is no initializer, 'autodiff/computed-state' for running statistics
 *   that are none
 */
export function parametersToInputs(graph: Graph, names: ParameterNames): void {
  const { requiresGrad, frozenParams = [] } = names
  for (const parameter of [...requiresGrad, ...frozenParams])
    if (!graph.initializers.has(parameter))
      throw new FineTuneError('autodiff/unknown-parameter', { parameter, known: [...graph.initializers.keys()] })
  const inModelOrder = (group: readonly string[]) =>
    [...graph.initializers.keys()].filter((name) => group.includes(name))
  const states = statesOf(graph, requiresGrad).map(({ state, node }) => {
    if (!graph.initializers.has(state))
      throw new FineTuneError('autodiff/computed-state', { state, node: node.name || node.outputs[0]! })
    return state
  })
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
  const dependent = dependentValues(graph, requiresGrad)
  const states = graph.nodes.flatMap((node) =>
    (ruleOf(node)?.state?.(node, (value) => dependent.has(value)) ?? []).map((state) => ({ state, node })),
  )
  const first = new Map<string, Node>()
  for (const { state, node } of states) {
    const other = first.get(state)
    if (other) throw new FineTuneError('autodiff/shared-state', { state, nodes: [other.name, node.name] })
    first.set(state, node)
  }
  return states
}
