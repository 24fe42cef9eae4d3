import { GraphBuilder } from '../../builder.js'
import { type Graph, MS, type Node, valuesReadBy } from '../../graph/graph.js'
import { inferShapes } from '../../shapes/inferShapes.js'
import { decompositionOf } from './register.js'
import { refusalOf } from './support/decomposition.js'

/**
 * Writes operators that stand for several others (attention, normalization of a sum, a layer with its activation) in
 * those, in place: the simpler ones have gradients. Their results keep their names.
 *
 * @throws FineTuneError 'onnx/unsupported-form' for a form that is not supported, such as attention with a cache
 */
export function decompose(graph: Graph): void {
  if (!graph.nodes.some(decompositionOf)) return
  const known = inferShapes(graph)
  const { nodes } = graph
  const read = new Set([...graph.outputs.map(({ name }) => name), ...nodes.flatMap(valuesReadBy)])
  const g = new GraphBuilder(graph, 'decomposed/')
  graph.nodes = []
  for (const node of nodes) {
    const rule = decompositionOf(node)
    if (rule) rule.write({ g, opset: graph.opsets.get('') ?? 1, ...factsOf(node, known, read) })
    else graph.nodes.push(node)
  }
  if (graph.nodes.some(({ domain }) => domain === MS)) graph.opsets.set(MS, 1)
}

function factsOf(node: Node, known: Graph, read: ReadonlySet<string>) {
  const refuse = refusalOf(node)
  return {
    node,
    refuse,
    shape: (value: string) => known.info(value)?.shape ?? refuse(`an unknown shape of ${value}`),
    typeOf: (value: string) => known.info(value)?.type,
    isRead: (output: number) => read.has(node.outputs[output] || '\0'),
  }
}
