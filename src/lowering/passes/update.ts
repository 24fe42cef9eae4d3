import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { Pass } from './pass.js'

/**
 * Joins the optimizer to the step: its graph reads the gradients where they are made, and its outputs take their place
 * among the outputs. Parameters are inputs of both; what else the optimizer reads (learning rates, states) comes last.
 */
export const update: Pass = {
  name: 'update',
  required: true,
  apply(graph, context) {
    if (!context.update) return graph
    const optimizer = withFreshNames(context.update, graph)
    const read = new Set(optimizer.inputs.map(({ name }) => name))
    const known = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name))
    graph.inputs = [...graph.inputs, ...optimizer.inputs.filter(({ name }) => !known.has(name))]
    graph.outputs = [...graph.outputs.filter(({ name }) => !read.has(name)), ...optimizer.outputs]
    graph.nodes = [...graph.nodes, ...optimizer.nodes]
    for (const [name, tensor] of optimizer.initializers) graph.initializers.set(name, tensor)
    return graph
  },
}

/** The optimizer's graph with names that the step does not have, inputs and outputs excepted. */
function withFreshNames(optimizer: Graph, step: Graph): Graph {
  const g = new GraphBuilder(step, 'update/')
  const names = new Map([...optimizer.inputs, ...optimizer.outputs].map(({ name }) => [name, name]))
  const rename = (name: string): string => {
    if (name === '') return name
    const known = names.get(name) ?? g.fresh(name)
    names.set(name, known)
    return known
  }
  const copy = optimizer.clone()
  for (const node of copy.nodes) {
    node.inputs = node.inputs.map(rename)
    node.outputs = node.outputs.map(rename)
    node.name = node.outputs[0]!
  }
  copy.initializers = new Map([...optimizer.initializers].map(([name, tensor]) => [rename(name), tensor]))
  return copy
}
