import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, intAttribute, type Node } from '../../onnx/graph/graph.js'
import type { Pass } from './pass.js'

/**
 * The replacement of operators of the ONNX standard that ONNX Runtime's WebGPU provider does not have, and would leave
 * to the processor (LogSoftmax, Or, sums of several values), or computes incorrectly (BatchNormalization of vectors).
 */
export const stockForms: Pass = {
  name: 'stockForms',
  required: true,
  apply(graph) {
    const nodes = graph.nodes
    graph.nodes = []
    const g = new GraphBuilder(graph, 'stock/')
    for (const node of nodes) {
      const write = node.domain === '' ? forms[node.opType] : undefined
      if (write) write(g, node, graph)
      else graph.nodes.push(node)
    }
    return graph
  },
}

type Write = (g: GraphBuilder, node: Node, graph: Graph) => void

const forms: Readonly<Record<string, Write>> = {
  /** Writes x - max - log(sum(exp(x - max))), over the axis. */
  LogSoftmax(g, { inputs: [x], outputs, attributes, ...node }) {
    const axis = g.ints(intAttribute({ ...node, inputs: [x!], outputs, attributes }, 'axis', -1))
    const shifted = g.op('Sub', [x, g.op('ReduceMax', [x, axis], { keepdims: 1 })])
    const sum = g.op('ReduceSum', [g.op('Exp', [shifted]), axis], { keepdims: 1 })
    g.op('Sub', [shifted, g.op('Log', [sum])], {}, { outputs })
  },
  /** Adds an axis to vectors: of `[N, C]` the provider takes the wrong axis for the channels. */
  BatchNormalization(g, node, graph) {
    const [x, ...others] = node.inputs
    if (graph.info(x!)?.shape?.length !== 2) {
      graph.nodes.push(node)
      return
    }
    const y = g.fresh('BatchNormalization')
    const wide = g.op('Unsqueeze', [x, g.ints(2)])
    graph.nodes.push({ ...node, name: y, inputs: [wide, ...others], outputs: [y] })
    g.op('Squeeze', [y, g.ints(2)], {}, { outputs: node.outputs })
  },
  /** Writes not (not a and not b). */
  Or(g, { inputs, outputs }) {
    const neither = g.op(
      'And',
      inputs.map((input) => g.op('Not', [input])),
    )
    g.op('Not', [neither], {}, { outputs })
  },
  /** Writes one addition after the other. */
  Sum(g, { inputs, outputs }) {
    const [first, ...others] = inputs
    if (others.length === 0) g.op('Identity', [first], {}, { outputs })
    others.reduce((sum, value, i) => g.op('Add', [sum, value], {}, i === others.length - 1 ? { outputs } : {}), first!)
  },
}
