import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, indexGraph, intAttribute, MS, type Node, operatorOf } from '../../onnx/graph/graph.js'
import type { Pass } from './pass.js'

/**
 * The gradient of a value that is taken apart into all of its slices along an axis, as attention takes queries, keys and
 * values apart: the gradients of the slices side by side, instead of the sum of as many tensors of the whole size, each
 * zero but for one slice.
 */
export const joinedSlices: Pass = {
  name: 'joinedSlices',
  apply(graph) {
    const { producer } = indexGraph(graph)
    const nodes = graph.nodes
    graph.nodes = []
    const g = new GraphBuilder(graph, 'slices/')
    for (const node of nodes) {
      const parts = operatorOf(node) === 'Sum' ? node.inputs.map((input) => producer.get(input)) : []
      const slices = slicesOf(parts, graph)
      if (!slices) graph.nodes.push(node)
      else {
        const axis = intAttribute(parts[0]!, 'axis', 0)
        const wide = slices.map((slice) => g.op('Unsqueeze', [slice, g.ints(axis)]))
        g.op('Concat', wide, { axis }, { outputs: node.outputs, name: node.name })
      }
    }
    return graph
  },
}

/** Returns the gradients of slices 0, 1, ..., if these nodes put each of a value in its place. */
function slicesOf(parts: readonly (Node | undefined)[], graph: Graph): readonly string[] | undefined {
  const slices: string[] = []
  const [first] = parts
  const axis = first && intAttribute(first, 'axis', 0)
  for (const part of parts) {
    if (!part || operatorOf(part) !== `${MS}:GatherGrad` || intAttribute(part, 'axis', 0) !== axis) return undefined
    const index = graph.initializers.get(part.inputs[1]!)
    const place = index?.dims.length === 0 ? Number(index.data[0]) : -1
    if (place < 0 || place in slices) return undefined
    slices[place] = part.inputs[2]!
  }
  const size = first && graph.info(first.outputs[0]!)?.shape?.[axis!]
  return size === slices.length && size === parts.length ? slices : undefined
}
