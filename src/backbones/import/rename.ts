import type { Graph } from '../../onnx/graph/graph.js'

/** Renames a value wherever it occurs. */
export function rename(graph: Graph, from: string, to: string): void {
  const name = (value: string) => (value === from ? to : value)
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(name)
    node.outputs = node.outputs.map(name)
  }
  graph.inputs = graph.inputs.map((value) => ({ ...value, name: name(value.name) }))
  graph.initializers = new Map([...graph.initializers].map(([key, tensor]) => [name(key), tensor]))
}
