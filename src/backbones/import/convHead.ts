import { type Graph, type GraphIndex, intAttribute, intsAttribute, type Node } from '../../onnx/graph/graph.js'

/**
 * A last layer that is a 1 x 1 convolution, as in SqueezeNet: scores at every position, and their mean over the
 * image. If the image is one pixel already, the mean is missing.
 */
export interface ConvHead {
  readonly kind: 'conv'
  /** The input value, [N, features, height, width]. */
  readonly features: string
  /** The name of the weight, [classes, features, 1, 1]. */
  readonly weight: string
  readonly bias: string | undefined
  /** True if scores below 0 count as 0 in the mean. */
  readonly relu: boolean
  readonly pooled: boolean
}

/** Returns the head that ends in a node: a Conv, or a Conv, an optional Relu and a GlobalAveragePool. */
export function asConvHead(graph: Graph, index: GraphIndex, node: Node): ConvHead | undefined {
  const before = ({ inputs }: Node) => index.producer.get(inputs[0]!)
  const pooled = node.opType === 'GlobalAveragePool'
  const scores = pooled ? before(node) : node
  const relu = pooled && scores?.opType === 'Relu'
  const conv = relu ? before(scores!) : scores
  if (!conv || !isPointwise(graph, conv)) return undefined
  const [features, weight, bias] = conv.inputs as [string, string, string?]
  return { kind: 'conv', features, weight, bias: bias || undefined, relu, pooled }
}

/** Returns the head that a convolution forms together with the nodes after it. */
export function convHeadFrom(graph: Graph, index: GraphIndex, conv: Node): ConvHead | undefined {
  const after = ({ outputs }: Node) => index.consumers.get(outputs[0]!)?.[0]
  const next = after(conv)
  const pool = next?.opType === 'Relu' ? after(next) : next
  return asConvHead(graph, index, pool?.opType === 'GlobalAveragePool' ? pool : conv)
}

function isPointwise(graph: Graph, node: Node): boolean {
  const [, weight, bias] = node.inputs
  const constant = (name: string | undefined) => graph.initializers.get(name ?? '')?.type === 'float32'
  const dims = graph.initializers.get(weight ?? '')?.dims
  const all = (name: string, value: number) => (intsAttribute(node, name) ?? []).every((each) => each === value)
  return (
    node.opType === 'Conv' &&
    node.domain === '' &&
    constant(weight) &&
    (!bias || constant(bias)) &&
    dims?.length === 4 &&
    dims[2] === 1 &&
    dims[3] === 1 &&
    intAttribute(node, 'group', 1) === 1 &&
    all('strides', 1) &&
    all('pads', 0)
  )
}
