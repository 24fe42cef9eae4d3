import { type Graph, type Node, valuesReadBy } from '../graph/graph.js'

/**
 * Returns every value that depends on one of `sources`, the sources included.
 * @param constant the operators whose results do not change with the elements of their inputs. Default: none
 */
export function dependentValues(
  graph: Graph,
  sources: readonly string[],
  constant: ReadonlySet<string> = new Set(),
): Set<string> {
  const dependent = new Set(sources)
  dependent.delete('')
  for (const node of graph.nodes.filter(({ opType }) => !constant.has(opType)))
    if (valuesReadBy(node).some((value) => dependent.has(value)))
      for (const output of node.outputs) if (output) dependent.add(output)
  return dependent
}

/** Returns the nodes that compute `values`, back to the values of `given`, which need no node. */
export function nodesBehind(
  graph: Graph,
  values: readonly string[],
  given: ReadonlySet<string> = new Set(),
): ReadonlySet<Node> {
  const needed = new Set(values.filter((value) => value && !given.has(value)))
  const nodes = new Set<Node>()
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue
    nodes.add(node)
    for (const value of valuesReadBy(node)) if (value && !given.has(value)) needed.add(value)
  }
  return nodes
}
