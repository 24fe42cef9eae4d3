import { type Graph, type Node, valuesReadBy } from '../onnx/graph/graph.js'
import { dependentValues } from '../onnx/transform/reachability.js'
import { autodiffError } from './errors.js'
import { ruleOf } from './gradients/register.js'

export interface ParameterNames {
  /** The names of the initializers to train. */
  readonly requiresGrad: readonly string[]
  /** Initializers that are not trained, but become inputs instead of being part of the graph. Default: none. */
  readonly frozenParams?: readonly string[] | undefined
}

/**
 * Lets every node that reads a parameter through Identity read the parameter itself, so that its scale, its filter or
 * its running mean is recognised. An Identity that nothing reads any more is removed, unless it is an output.
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
 * any other state that training updates (running statistics); each in the order of the model.
 *
 * @throws FineTuneError 'autodiff/unknown-parameter' for a name that is not an initializer, 'autodiff/computed-state'
 *   for running statistics that are not
 */
export function parametersToInputs(graph: Graph, names: ParameterNames): void {
  const { requiresGrad, frozenParams = [] } = names
  for (const parameter of [...requiresGrad, ...frozenParams])
    if (!graph.initializers.has(parameter))
      throw autodiffError('autodiff/unknown-parameter', { parameter, known: [...graph.initializers.keys()] })
  const inModelOrder = (group: readonly string[]) =>
    [...graph.initializers.keys()].filter((name) => group.includes(name))
  const states = statesOf(graph, requiresGrad).map(({ state, node }) => {
    if (!graph.initializers.has(state))
      throw autodiffError('autodiff/computed-state', { state, node: node.name || node.outputs[0]! })
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

/**
 * Returns the values that a training step updates besides the trainable parameters, each with the node that updates it.
 */
export function statesOf(graph: Graph, requiresGrad: readonly string[]): { state: string; node: Node }[] {
  const dependent = dependentValues(graph, requiresGrad)
  const states = graph.nodes.flatMap((node) =>
    (ruleOf(node)?.state?.(node, (value) => dependent.has(value)) ?? []).map((state) => ({ state, node })),
  )
  const first = new Map<string, Node>()
  for (const { state, node } of states) {
    const other = first.get(state)
    if (other) throw autodiffError('autodiff/shared-state', { state, nodes: [other.name, node.name] })
    first.set(state, node)
  }
  return states
}
