import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { renameValues } from '../../onnx/transform/renameValues.js'
import type { Pass } from './pass.js'

/**
 * The joining of the optimizer to the step: its graph reads the gradients where they are computed, and its outputs
 * replace them among the outputs. Parameters are inputs of both; the other inputs of the optimizer (learning rates,
 * states) come last.
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

/** Returns the optimizer's graph with names that the step does not have, inputs and outputs excepted. */
function withFreshNames(optimizer: Graph, step: Graph): Graph {
  const g = new GraphBuilder(step, 'update/')
  const ends = new Set([...optimizer.inputs, ...optimizer.outputs].map(({ name }) => name))
  const values = optimizer.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
  const inner = new Set([...values, ...optimizer.initializers.keys()].filter((name) => name && !ends.has(name)))
  const copy = optimizer.clone()
  renameValues(copy, new Map([...inner].map((name) => [name, g.fresh(name)])))
  for (const node of copy.nodes) node.name = node.outputs[0]!
  return copy
}
