import type { Attribute, Graph, Node } from '../../onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../onnx/graph/tensor.js'
import { notAClassifier } from './notAClassifier.js'

/** The oldest operator set that a backbone is converted to. */
export const LOWEST_OPSET = 12
/** The first operator set whose Gemm, batch norm and arithmetic have today's meaning. */
export const FIRST_OPSET = 7

/** Operators whose meaning has changed since, and that no classifier needs. */
const CHANGED = new Set(['Loop', 'NonMaxSuppression', 'Resize', 'Scan', 'TopK', 'Upsample'])

/**
 * Converts the nodes of an operator set from 7 on to set 12: attributes that have become inputs, and defaults that are
 * no longer written out. The other operators only gained options.
 *
 * @throws FineTuneError 'backbones/not-a-classifier' for an operator whose meaning has changed
 */
export function liftOldNodes(graph: Graph): void {
  const opset = graph.opsets.get('') ?? 1
  if (opset >= LOWEST_OPSET) return
  for (const node of graph.nodes) {
    if (node.domain !== '') continue
    if (CHANGED.has(node.opType))
      throw notAClassifier(`${node.opType} (node ${node.name}) of operator set ${opset} is too old`)
    const [first, inputs] = lifts[node.opType] ?? [0, () => []]
    if (opset < first)
      node.inputs = [node.inputs[0]!, ...inputs(node).map((tensor, i) => initializer(graph, node, tensor, i))]
  }
  graph.opsets.set('', LOWEST_OPSET)
}

/** The operators with attributes that became inputs: the first set in which they are inputs, and these inputs. */
const lifts: Readonly<Record<string, readonly [number, (node: Node) => readonly (Tensor | undefined)[]]>> = {
  Clip: [11, (node) => [number(take(node, 'min')), number(take(node, 'max'))]],
  Pad: [11, (node) => [integers(take(node, 'pads')), number(take(node, 'value'))]],
  Slice: [10, (node) => ['starts', 'ends', 'axes'].map((name) => integers(take(node, name)))],
}

function take(node: Node, name: string): Attribute | undefined {
  const { [name]: attribute, ...others } = node.attributes
  node.attributes = others
  return attribute
}

const number = (attribute: Attribute | undefined): Tensor | undefined =>
  attribute?.type === 'float' ? float32([attribute.value], []) : undefined

const integers = (attribute: Attribute | undefined): Tensor | undefined =>
  attribute?.type === 'ints' ? int64(attribute.value) : undefined

/** Returns the name of a new constant, or `''` for an omitted input. */
function initializer(graph: Graph, node: Node, tensor: Tensor | undefined, position: number): string {
  if (!tensor) return ''
  const name = `${node.outputs[0]}/input_${position + 1}`
  graph.initializers.set(name, tensor)
  return name
}
