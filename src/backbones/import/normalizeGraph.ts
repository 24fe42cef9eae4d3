import { Graph, intAttribute, type Node } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'

/** The first IR version that goes with operator set 12. */
const FIRST_IR = 7

/**
 * Normalizes the graph to the form that the other steps expect: constants are initializers and nothing else, each with
 * one name; batch norm and dropout in inference mode; pooling by ReduceMean as GlobalAveragePool. The other information
 * in the file is dropped, since much of it will no longer be true.
 */
export function normalizeGraph(read: Graph): Graph {
  const graph = new Graph()
  Object.assign(graph, { name: read.name, outputs: read.outputs, opsets: new Map(read.opsets) })
  graph.irVersion = Math.max(read.irVersion, FIRST_IR)
  graph.initializers = new Map(read.initializers)
  graph.inputs = read.inputs.filter(({ name }) => !read.initializers.has(name))
  for (const node of read.nodes) {
    const constant = constantOf(node, graph.initializers)
    if (constant) graph.initializers.set(node.outputs[0]!, constant)
    else graph.nodes.push(...forInference(node, graph))
  }
  return graph
}

/**
 * Returns the value of a Constant node, or of an Identity of an initializer: torch's exporter lets equal tensors of
 * different layers share one, and they would be trained as one.
 */
function constantOf(
  { opType, domain, inputs, attributes }: Node,
  initializers: ReadonlyMap<string, Tensor>,
): Tensor | undefined {
  if (domain !== '') return undefined
  if (opType === 'Identity') return initializers.get(inputs[0]!)
  return opType === 'Constant' && attributes.value?.type === 'tensor' ? attributes.value.value : undefined
}

function forInference(node: Node, graph: Graph): Node[] {
  const { name, opType, domain, attributes } = node
  const plain: Node = { name, opType, domain, inputs: [...node.inputs], outputs: [...node.outputs], attributes }
  if (domain !== '') return [plain]
  if (opType === 'BatchNormalization') {
    const { training_mode: _, spatial: __, ...rest } = attributes
    return [{ ...plain, outputs: node.outputs.slice(0, 1), attributes: rest }]
  }
  if (opType === 'Dropout')
    return [
      {
        ...plain,
        opType: 'Identity',
        inputs: node.inputs.slice(0, 1),
        outputs: node.outputs.slice(0, 1),
        attributes: {},
      },
    ]
  return asPool(plain, graph)
}

/** Returns pooling by ReduceMean as GlobalAveragePool; another node as it is. */
export const asPool = (node: Node, graph: Graph): Node[] =>
  node.opType === 'ReduceMean' && node.domain === '' && isOverImage(node, graph) ? globalPool(node) : [node]

/** Tells whether a reduction is over height and width of an image: axes 2 and 3 of 4, as next to a convolution. */
function isOverImage(node: Node, graph: Graph): boolean {
  const attribute = node.attributes.axes
  const input = graph.initializers.get(node.inputs[1] ?? '')
  const axes = attribute?.type === 'ints' ? attribute.value : input && Array.from(input.data as BigInt64Array, Number)
  const sorted = String(axes?.toSorted((a, b) => a - b))
  return sorted === '2,3' || sorted === '-2,-1'
}

function globalPool(node: Node): Node[] {
  const pool: Node = { ...node, opType: 'GlobalAveragePool', inputs: node.inputs.slice(0, 1), attributes: {} }
  if (intAttribute(node, 'keepdims', 1) === 1) return [pool]
  const pooled = `${node.outputs[0]}/pooled`
  const flat: Node = { ...node, name: `${node.name}/Flatten`, opType: 'Flatten', inputs: [pooled], attributes: {} }
  return [{ ...pool, outputs: [pooled] }, flat]
}
