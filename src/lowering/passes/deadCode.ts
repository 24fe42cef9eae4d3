import { type Node, valuesReadBy } from '../../onnx/graph/graph.js'
import type { Pass } from './pass.js'

/** Operators whose later outputs cost time and may be left out. */
const OPTIONAL_OUTPUTS = new Set(['BatchNormalization', 'Dropout', 'LayerNormalization', 'MaxPool'])

/** Takes away nodes, optional outputs, initializers and declared values that no output of the graph depends on. */
export const deadCode: Pass = {
  name: 'deadCode',
  apply(graph) {
    const read = new Set(graph.outputs.map(({ name }) => name))
    const alive: Node[] = []
    for (const node of graph.nodes.toReversed()) {
      if (!node.outputs.some((output) => read.has(output))) continue
      alive.push(node)
      for (const value of valuesReadBy(node)) read.add(value)
      if (OPTIONAL_OUTPUTS.has(node.opType)) node.outputs = wanted(node.outputs, read)
    }
    graph.nodes = alive.reverse()
    const inputs = new Set(graph.inputs.map(({ name }) => name))
    for (const name of graph.initializers.keys())
      if (!read.has(name) && !inputs.has(name)) graph.initializers.delete(name)
    for (const name of graph.values.keys()) if (!read.has(name)) graph.values.delete(name)
    return graph
  },
}

/** The first output is no optional one. */
function wanted([first, ...others]: readonly string[], read: ReadonlySet<string>): string[] {
  const last = others.findLastIndex((output) => read.has(output))
  return [first!, ...others.slice(0, last + 1).map((output) => (read.has(output) ? output : ''))]
}
