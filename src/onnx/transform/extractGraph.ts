import { GraphBuilder } from '../builder.js'
import { type Graph, type ValueInfo, valuesReadBy } from '../graph/graph.js'
import { nodesBehind } from './reachability.js'

/**
 * Extracts the part of a graph that computes `outputs` from `inputs`, which may lie anywhere in it. Tensors are shared.
 * The declarations of values elsewhere are kept.
 */
export function extractGraph(graph: Graph, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Graph {
  const given = new Set(inputs.map(({ name }) => name))
  const nodes = nodesBehind(
    graph,
    outputs.map(({ name }) => name),
    given,
  )
  const kept = graph.nodes.map((node) => nodes.has(node))
  const part = graph.clone()
  part.inputs = [...inputs]
  part.outputs = [...outputs]
  part.nodes = part.nodes.filter((_, i) => kept[i])
  const read = new Set([...part.nodes.flatMap(valuesReadBy), ...outputs.map(({ name }) => name)])
  part.initializers = new Map([...part.initializers].filter(([name]) => read.has(name)))
  setAside(part, given)
  return part
}

/**
 * Renames the outputs that are given: a node that is needed for another of its outputs computes them too, under a name
 * that is not read.
 */
function setAside(part: Graph, given: ReadonlySet<string>): void {
  const g = new GraphBuilder(part)
  for (const node of part.nodes)
    node.outputs = node.outputs.map((output) => (given.has(output) ? g.fresh(output) : output))
}
