import {
  floatAttribute,
  type Graph,
  type GraphIndex,
  indexGraph,
  intAttribute,
  type Node,
} from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { asConvHead, type ConvHead, convHeadFrom } from './convHead.js'
import { notAClassifier } from './notAClassifier.js'

/** The last layer as it is in the file. */
export type FoundHead = DenseHead | ConvHead

/** A dense last layer: logits = features x weight (+ bias). */
export interface DenseHead {
  readonly kind: 'dense'
  /** The input value. */
  readonly features: string
  readonly weight: string
  /** True if the weight is [classes, features], false if it is [features, classes]. */
  readonly transposed: boolean
  readonly bias: string | undefined
  /** The factors of the product and of the bias. */
  readonly alpha: number
  readonly beta: number
}

/** The operators that may follow the last layer without changing which class is best. */
const POSTPROCESSING = new Set([
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'Identity',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Cast',
])

/**
 * Finds the last layer: the one named, or the one that computes the first output.
 *
 * @throws FineTuneError 'backbones/not-a-classifier'
 */
export function findHead(graph: Graph, named?: { readonly node: string } | { readonly weight: string }): FoundHead {
  const index = indexGraph(graph)
  if (named) return namedHead(graph, index, named)
  let value = graph.outputs[0]?.name ?? ''
  for (;;) {
    const node = index.producer.get(value)
    const head = node && (asDenseHead(graph, index, node) ?? asConvHead(graph, index, node))
    if (head) return head
    if (!node || !POSTPROCESSING.has(node.opType)) throw noHead(node)
    value = node.inputs[0]!
  }
}

function namedHead(
  graph: Graph,
  index: GraphIndex,
  named: { readonly node: string } | { readonly weight: string },
): FoundHead {
  const what = 'node' in named ? `the node ${named.node}` : `the weight ${named.weight}`
  const node = graph.nodes.find((node) =>
    'node' in named ? node.name === named.node : node.inputs.includes(named.weight),
  )
  if (!node) throw notAClassifier(`${what}, which is to be its last layer, is not there`)
  const bias = index.consumers.get(node.outputs[0]!)?.[0]
  const dense = (bias && asDenseHead(graph, index, bias)) ?? asDenseHead(graph, index, node)
  const head = dense ?? convHeadFrom(graph, index, node)
  if (head) return head
  throw notAClassifier(
    `${what}, which is to be its last layer, is no Gemm, MatMul or Conv of 1 x 1 with constant weights`,
  )
}

function asDenseHead(graph: Graph, index: GraphIndex, node: Node): DenseHead | undefined {
  if (node.domain !== '') return undefined
  if (node.opType === 'Gemm') return fromGemm(graph, node)
  if (node.opType === 'MatMul') return fromMatMul(graph, node, undefined)
  if (node.opType !== 'Add') return undefined
  const [product, bias] = constant(graph, node.inputs[0]!) ? [node.inputs[1]!, node.inputs[0]!] : node.inputs
  const matMul = index.producer.get(product!)
  if (matMul?.opType !== 'MatMul' || !constant(graph, bias!)) return undefined
  return fromMatMul(graph, matMul, bias)
}

function fromGemm(graph: Graph, node: Node): DenseHead | undefined {
  const [features, weight, bias] = node.inputs as [string, string, string?]
  const isConstant = constant(graph, weight)?.dims.length === 2 && (!bias || constant(graph, bias))
  if (!isConstant || intAttribute(node, 'transA', 0)) return undefined
  return {
    kind: 'dense',
    features,
    weight,
    transposed: intAttribute(node, 'transB', 0) === 1,
    bias: bias || undefined,
    alpha: floatAttribute(node, 'alpha', 1),
    beta: floatAttribute(node, 'beta', 1),
  }
}

function fromMatMul(graph: Graph, node: Node, bias: string | undefined): DenseHead | undefined {
  const [features, weight] = node.inputs as [string, string]
  if (constant(graph, weight)?.dims.length !== 2) return undefined
  return { kind: 'dense', features, weight, transposed: false, bias, alpha: 1, beta: 1 }
}

function constant(graph: Graph, name: string): Tensor<'float32'> | undefined {
  const tensor = graph.initializers.get(name)
  return tensor?.type === 'float32' ? (tensor as Tensor<'float32'>) : undefined
}

function noHead(node: Node | undefined) {
  const met = node ? `before its output stands ${node.opType} (node ${node.name})` : 'nothing makes its output'
  return notAClassifier(`its last layer was not found: ${met}. Name it: { head: { node: name } }`)
}
