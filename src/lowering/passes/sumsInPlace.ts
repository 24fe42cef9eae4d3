import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, intAttribute, intsAttribute, NCHWC, type Node, valuesReadBy } from '../../onnx/graph/graph.js'
import { float32 } from '../../onnx/graph/tensor.js'
import type { Pass } from './pass.js'

/**
 * The rewriting of sums whose summand would be copied. ONNX Runtime's blocked convolution adds a summand in place, but
 * first copies one that is read again later, on one thread. A depthwise 1x1 convolution is cheap enough to be written
 * as two instead: itself, then the summand times one, with the first result, which nothing else reads, as the summand.
 */
export const sumsInPlace: Pass = {
  name: 'sumsInPlace',
  apply(graph) {
    const copied = copiedSummand(graph)
    const g = new GraphBuilder(graph, 'inPlace/')
    const ones = new Map<number, string>()
    graph.nodes = graph.nodes.flatMap((node) => {
      const summand = isPointwise(node) && copied(node)
      if (!summand) return [node]
      const channels = intAttribute(node, 'group', 1)
      const one = ones.get(channels) ?? g.constant(float32(Array(channels).fill(1), [channels, 1, 1, 1]))
      ones.set(channels, one)
      const product = g.fresh('Conv')
      const { activation: _, activation_params: __, ...attributes } = node.attributes
      const first = { ...node, name: product, inputs: node.inputs.slice(0, 3), outputs: [product], attributes }
      return [first, { ...node, inputs: [summand, one, '', product] }]
    })
    return graph
  },
}

/**
 * Returns a function that finds the summand of a convolution, if it is read after it or belongs to the caller of the
 * graph.
 */
function copiedSummand(graph: Graph): (node: Node) => string | undefined {
  const lasting = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name))
  for (const name of graph.initializers.keys()) lasting.add(name)
  const lastReader = new Map<string, Node>()
  for (const node of graph.nodes) for (const value of valuesReadBy(node)) lastReader.set(value, node)
  return (node) => {
    const summand = node.inputs[3]
    return summand && (lasting.has(summand) || lastReader.get(summand) !== node) ? summand : undefined
  }
}

const isPointwise = (node: Node): boolean =>
  node.domain === NCHWC &&
  node.opType === 'Conv' &&
  intAttribute(node, 'group', 1) > 1 &&
  `${intsAttribute(node, 'kernel_shape')}` === '1,1' &&
  !node.attributes.pads &&
  !node.attributes.strides
