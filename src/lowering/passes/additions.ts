import { GraphBuilder } from '../../onnx/builder.js'
import type { Pass } from './pass.js'

/**
 * The replacement of Sum by one addition after the other: ONNX Runtime computes Sum on one thread, and its WebGPU
 * provider has none of several values.
 */
export const additions: Pass = {
  name: 'additions',
  apply(graph) {
    const nodes = graph.nodes
    graph.nodes = []
    const g = new GraphBuilder(graph, 'additions/')
    for (const node of nodes) {
      const { domain, opType, inputs, outputs } = node
      const [first, ...others] = inputs
      if (domain !== '' || opType !== 'Sum') graph.nodes.push(node)
      else if (others.length === 0) g.op('Identity', [first], {}, { outputs })
      else
        others.reduce(
          (sum, value, i) => g.op('Add', [sum, value], {}, i === others.length - 1 ? { outputs } : {}),
          first!,
        )
    }
    return graph
  },
}
