import { type Graph, valuesReadBy } from '../graph/graph.js'
import { nodesBehind } from './reachability.js'

/** The operators whose later outputs cost time and may be omitted. */
const OPTIONAL_OUTPUTS = new Set(['BatchNormalization', 'Dropout', 'LayerNormalization', 'MaxPool'])

/**
 * Removes nodes, optional outputs, initializers and declared values that no output of the graph depends on, in place.
 */
export function eliminateDeadNodes(graph: Graph): void {
  const outputs = graph.outputs.map(({ name }) => name)
  const alive = nodesBehind(graph, outputs)
  graph.nodes = graph.nodes.filter((node) => alive.has(node))
  const read = new Set([...outputs, ...graph.nodes.flatMap(valuesReadBy)])
  for (const node of graph.nodes) if (OPTIONAL_OUTPUTS.has(node.opType)) node.outputs = wanted(node.outputs, read)
  const inputs = new Set(graph.inputs.map(({ name }) => name))
  for (const name of graph.initializers.keys())
    if (!read.has(name) && !inputs.has(name)) graph.initializers.delete(name)
  for (const name of graph.values.keys()) if (!read.has(name)) graph.values.delete(name)
}

/** Returns the outputs without those that are not read. The first is not optional. */
function wanted([first, ...others]: readonly string[], read: ReadonlySet<string>): string[] {
  const isWanted = (output: string) => output !== '' && read.has(output)
  const last = others.findLastIndex(isWanted)
  return [first!, ...others.slice(0, last + 1).map((output) => (isWanted(output) ? output : ''))]
}
