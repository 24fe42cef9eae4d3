import { sortNodes } from '../format/sortNodes.js'
import { type Graph, indexGraph } from '../graph/graph.js'

/** Sorts the nodes of a graph in topological order, in place. Values that no node makes are taken as given. */
export function sortGraph(graph: Graph): void {
  const { producer } = indexGraph(graph)
  graph.nodes = sortNodes(graph.nodes, { has: (name) => !producer.has(name) })
}
