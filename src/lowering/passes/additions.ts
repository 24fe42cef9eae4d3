import { GraphBuilder } from '../../onnx/builder.js'
import { total } from '../portable/support/reduce.js'
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
      if (domain !== '' || opType !== 'Sum') graph.nodes.push(node)
      else if (inputs.length === 1) g.op('Identity', inputs, {}, { outputs })
      else g.op('Add', [total(g, inputs.slice(0, -1)), inputs.at(-1)], {}, { outputs })
    }
    return graph
  },
}
