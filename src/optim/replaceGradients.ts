import { gradientOf } from '../contract/names.js'
import { GraphBuilder } from '../onnx/builder.js'
import type { Graph } from '../onnx/graph/graph.js'

/**
 * Copies an optimizer's graph and replaces its gradients by values computed from them.
 *
 * @param replace adds the replacements of the gradients, in their order, and returns the names
 */
export function replaceGradients(
  optimizer: Graph,
  parameters: readonly string[],
  replace: (g: GraphBuilder, gradients: readonly string[]) => readonly string[],
): Graph {
  const graph = optimizer.clone()
  const update = graph.nodes
  graph.nodes = []
  const gradients = parameters.map(gradientOf)
  const replaced = replace(new GraphBuilder(graph, 'gradients/'), gradients)
  const names = new Map(gradients.map((gradient, i) => [gradient, replaced[i]!]))
  for (const node of update) node.inputs = node.inputs.map((input) => names.get(input) ?? input)
  graph.nodes.push(...update)
  return graph
}
