import { type Graph, type GraphIndex, intAttribute, intsAttribute, type Node } from '../../onnx/graph/graph.js'

/**
 * A last layer that is a convolution of 1 x 1, as in SqueezeNet: scores of every place, and their mean over the picture.
 * Where the picture is one pixel already, the mean is missing.
 */
export interface ConvHead {
  readonly kind: 'conv'
  /** The value that goes in, [N, features, height, width]. */
  readonly features: string
  /** [classes, features, 1, 1] */
  readonly weight: string
  readonly bias: string | undefined
  /** Whether scores below 0 count as 0 in the mean. */
  readonly relu: boolean
  readonly pooled: boolean
}

/** The head that a node is, or ends: Conv, or the GlobalAveragePool after a Conv, with or without a Relu between them. */
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

/** The head that a convolution is together with what follows it. */
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
