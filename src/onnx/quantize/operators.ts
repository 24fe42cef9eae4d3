import { floatAttribute, type Graph, intAttribute, type Node } from '../graph/graph.js'
import type { Tensor } from '../graph/tensor.js'

/** The weights of an operator and its bias, if it has one. Both are constants. */
export interface Weights {
  readonly weight: Tensor<'float32'>
  /** The axis of the output channels. */
  readonly axis: number
  readonly bias: Tensor<'float32'> | undefined
}

/** The operators whose int8 kernels keep scale and zero point of their input. */
const CARRIERS = new Set(['Flatten', 'MaxPool', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze'])
const POOLS = new Set(['AveragePool', 'GlobalAveragePool'])
/** Activations that a runtime merges into the rounding of what is before them. */
const MERGED = new Set(['Clip', 'Relu'])
/** The operators whose int8 kernels can return float32. */
const PRODUCTS = new Set(['Gemm', 'MatMul'])

const isOf = (operators: ReadonlySet<string>, { domain, opType }: Node): boolean =>
  domain === '' && operators.has(opType)

export const isCarrier = (node: Node): boolean => isOf(CARRIERS, node)
export const isPool = (node: Node): boolean => isOf(POOLS, node)
export const isMerged = (node: Node): boolean => isOf(MERGED, node)
export const isProduct = (node: Node): boolean => isOf(PRODUCTS, node)

/** The axis of the output channels in the weights of each operator. */
const AXES: Readonly<Record<string, (node: Node) => number>> = {
  Conv: () => 0,
  Gemm: (node) => (intAttribute(node, 'transB', 0) === 1 ? 0 : 1),
  MatMul: () => 1,
}

/** Returns the weights of a node with constant weights that has an int8 kernel, or undefined for another. */
export function weightsOf(node: Node, graph: Graph): Weights | undefined {
  if (node.domain !== '' || !Object.hasOwn(AXES, node.opType) || !isPlain(node)) return undefined
  const [, name, biasName] = node.inputs
  const weight = constantOf(name, graph)
  const bias = constantOf(biasName, graph)
  if (!weight || (biasName && !bias) || (node.opType !== 'Conv' && weight.dims.length !== 2)) return undefined
  const axis = AXES[node.opType]!(node)
  const isPerChannel = !bias || (bias.dims.length === 1 && bias.dims[0] === weight.dims[axis])
  return isPerChannel ? { weight, axis, bias } : undefined
}

/** Tells whether the node is a Gemm without factors and with its first matrix as it is; others are. */
const isPlain = (node: Node): boolean =>
  floatAttribute(node, 'alpha', 1) === 1 &&
  floatAttribute(node, 'beta', 1) === 1 &&
  intAttribute(node, 'transA', 0) === 0

/** Returns a float32 initializer that no feed overrides. */
function constantOf(name: string | undefined, graph: Graph): Tensor<'float32'> | undefined {
  const tensor = name ? graph.initializers.get(name) : undefined
  const isInput = graph.inputs.some((input) => input.name === name)
  return tensor?.type === 'float32' && !isInput ? (tensor as Tensor<'float32'>) : undefined
}
