import { type Graph, type GraphIndex, indexGraph, type Node } from '../graph/graph.js'
import { inferShapes } from '../shapes/inferShapes.js'
import { isCarrier, isMerged, isPool, isProduct, type Weights, weightsOf } from './operators.js'

/** The decisions of a quantization: what is computed in int8. */
export interface QuantizationPlan {
  /**
   * The values that are rounded to uint8, each with the value whose range gives its scale: itself, or the value that an
   * operator passed on.
   */
  readonly values: ReadonlyMap<string, string>
  /** The weights of the nodes that have some. */
  readonly weights: ReadonlyMap<Node, Weights>
}

/**
 * Plans the quantization of a network: Conv, Gemm, MatMul and Add, and pools and changes of shape between them. Values
 * that other operators read are rounded too where an int8 kernel makes them. What the graph returns stays float32.
 *
 * @throws FineTuneError 'onnx/no-shape-rule' for an operator whose results have no known type
 */
export function planQuantization(graph: Graph): QuantizationPlan {
  const typed = inferShapes(graph)
  const index = indexGraph(graph)
  const returned = new Set(graph.outputs.map(({ name }) => name))
  const values = new Map<string, string>()
  const weights = new Map<Node, Weights>()
  const isComputed = (name: string) => typed.info(name)?.type === 'float32' && !graph.initializers.has(name)
  for (const node of graph.nodes) {
    const own = weightsOf(node, graph)
    const factors = own ? [node.inputs[0]!] : readsTwoValues(node) ? node.inputs : []
    const isInt8 = factors.length > 0 && factors.every(isComputed)
    if (isInt8 && own) weights.set(node, own)
    if (isInt8) for (const factor of factors) if (!values.has(factor)) values.set(factor, factor)
    const source = values.get(node.inputs[0] ?? '')
    const passesOn = source !== undefined && (isCarrier(node) || isPool(node))
    if (!passesOn && (!isInt8 || isProduct(node))) continue
    const result = resultOf(node, index, returned)
    if (!returned.has(result)) values.set(result, isCarrier(node) ? source! : result)
  }
  return { values, weights }
}

const readsTwoValues = ({ domain, opType }: Node): boolean => domain === '' && (opType === 'Add' || opType === 'MatMul')

/** Returns the value that a node's result becomes: that of the activation behind it, if nothing else reads the result. */
function resultOf({ outputs: [output] }: Node, { consumers }: GraphIndex, returned: ReadonlySet<string>): string {
  const [reader, ...others] = consumers.get(output!) ?? []
  const isAlone = reader !== undefined && others.length === 0 && !returned.has(output!)
  return isAlone && isMerged(reader) ? reader.outputs[0]! : output!
}
