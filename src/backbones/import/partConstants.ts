import { namesIn, unusedNames } from '../../onnx/format/names.js'
import type { Graph, Node } from '../../onnx/graph/graph.js'

/** The constants along one axis that a layer learns or keeps: their positions, and names for new ones. */
const VECTORS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Add: { 0: 'bias', 1: 'bias' },
  BatchNormalization: { 1: 'weight', 2: 'bias', 3: 'running_mean', 4: 'running_var' },
  Conv: { 2: 'bias' },
  ConvTranspose: { 2: 'bias' },
  Gemm: { 2: 'bias' },
  GroupNormalization: { 1: 'weight', 2: 'bias' },
  InstanceNormalization: { 1: 'weight', 2: 'bias' },
  LayerNormalization: { 1: 'weight', 2: 'bias' },
  Mul: { 0: 'weight', 1: 'weight' },
  PRelu: { 1: 'weight' },
}
/** The position of the matrix or kernel. */
const KERNEL: Readonly<Record<string, number>> = { Conv: 1, ConvTranspose: 1, Gemm: 1, MatMul: 1 }

/**
 * Gives each layer biases, scales and statistics of its own, in place. tf2onnx lets equal constants of different layers
 * share one, such as the zeros of new biases and the ones of new scales, and they would be trained as one. Layers that
 * share their kernel too are one layer that is used several times, and stay so: the owner of a constant is the kernel
 * before it, or else its node.
 */
export function partConstants(graph: Graph): void {
  const unused = unusedNames(namesIn(graph))
  const ownerOf = owners(graph)
  /** The names under which the places of each constant know it. */
  const taken = new Map<string, Map<string, string>>()
  for (const node of graph.nodes) {
    const owner = ownerOf(node)
    const roles = (node.domain === '' && VECTORS[node.opType]) || {}
    node.inputs = node.inputs.map((name, at) => {
      if (!(at in roles) || !isVector(graph, name)) return name
      const place = `${owner} ${node.opType} ${at}`
      const names = taken.get(name) ?? new Map<string, string>()
      const own = names.get(place) ?? (names.size === 0 ? name : unused(`${node.name}/${roles[at]}`))
      graph.initializers.set(own, graph.initializers.get(name)!)
      taken.set(name, names.set(place, own))
      return own
    })
  }
}

/** Returns a function that tells the owner of the constants of each node, which it wants in their order. */
function owners({ initializers }: Graph): (node: Node) => string {
  const known = new Map<string, string>()
  return ({ opType, domain, inputs, outputs }) => {
    const [output] = outputs as [string]
    const kernel = (domain === '' && inputs[KERNEL[opType] ?? -1]) || ''
    const values = inputs.filter((name) => name && !initializers.has(name))
    const before = values.length === 1 ? known.get(values[0]!) : undefined
    const owner = initializers.has(kernel) ? kernel : before
    // A scale or a shift belongs to the layer before it, what follows an activation does not.
    if (owner !== undefined && (kernel || VECTORS[opType])) known.set(output, owner)
    return owner ?? output
  }
}

function isVector({ initializers }: Graph, name: string): boolean {
  const tensor = initializers.get(name)
  return tensor?.type === 'float32' && tensor.dims.filter((dim) => dim !== 1).length === 1
}
