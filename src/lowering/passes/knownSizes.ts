import { type Graph, intAttribute, type Node } from '../../onnx/graph/graph.js'
import { int64, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import { areKnown } from '../portable/support/lowering.js'
import type { Pass } from './pass.js'

/**
 * The replacement of the sizes of values by constants, where they are known. ONNX Runtime then computes on the way to
 * the session what depends on them alone, and no operator on whole numbers is left for the processor.
 */
export const knownSizes: Pass = {
  name: 'knownSizes',
  required: true,
  apply(graph) {
    const outputs = new Set(graph.outputs.map(({ name }) => name))
    graph.nodes = graph.nodes.filter((node) => {
      const value = outputs.has(node.outputs[0]!) ? undefined : constantOf(node, graph)
      if (value) graph.initializers.set(node.outputs[0]!, value)
      return !value
    })
    return graph
  },
}

function constantOf(node: Node, graph: Graph): Tensor | undefined {
  const read = sizesOf[node.domain === '' ? node.opType : '']
  const shape = read && graph.info(node.inputs[0]!)?.shape
  return shape && areKnown(shape) ? read(node, shape) : undefined
}

const sizesOf: Readonly<Record<string, (node: Node, shape: readonly number[]) => Tensor>> = {
  Shape(node, shape) {
    const end = node.attributes.end ? intAttribute(node, 'end', 0) : shape.length
    return int64(shape.slice(intAttribute(node, 'start', 0), end))
  },
  Size: (_, shape) => int64([sizeOf(shape)], []),
}
