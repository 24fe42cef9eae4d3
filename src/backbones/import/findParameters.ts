import type { Graph, Node } from '../../onnx/graph/graph.js'

export interface Parameters {
  readonly parameters: readonly string[]
  readonly buffers: readonly string[]
}

/** The inputs of each operator that are learned, if they are constants. */
const LEARNED: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  MatMul: [0, 1],
  PRelu: [1],
}

/** Operators that are learned only after a learned layer: before it, they normalise the image. A scalar never is. */
const AFTER_LAYERS: Readonly<Record<string, readonly number[]>> = { Add: [0, 1], Mul: [0, 1] }

const RUNNING_STATISTICS = [3, 4]

/**
 * Finds the float32 constants that layers learn, in the order of the graph, and the running statistics of batch norm.
 */
export function findParameters(graph: Graph): Parameters {
  const parameters = new Set<string>()
  const buffers = new Set<string>()
  const afterLayer = new Set<string>()
  for (const node of graph.nodes) {
    if (node.domain !== '') continue
    const follows = node.inputs.some((input) => afterLayer.has(input))
    const learned = constantsAt(graph, node, LEARNED[node.opType] ?? [])
    const shifts = follows
      ? constantsAt(graph, node, AFTER_LAYERS[node.opType] ?? []).filter((name) => isLearned(graph, name))
      : []
    for (const name of [...learned, ...shifts]) parameters.add(name)
    if (node.opType === 'BatchNormalization')
      for (const name of constantsAt(graph, node, RUNNING_STATISTICS)) buffers.add(name)
    if (follows || learned.length) for (const output of node.outputs) afterLayer.add(output)
  }
  return { parameters: [...parameters].filter((name) => !buffers.has(name)), buffers: [...buffers] }
}

const constantsAt = ({ initializers }: Graph, { inputs }: Node, positions: readonly number[]): string[] =>
  positions.map((at) => inputs[at] ?? '').filter((name) => initializers.get(name)?.type === 'float32')

/**
 * The highest value by which masks of attention exclude a token: that of Swin. Others are up to the smallest number, or
 * infinite.
 */
const EXCLUDED = -100

/** Tells whether a term or factor is learned: no scalar is, and no mask, whose values are 0 or exclude a token. */
function isLearned({ initializers }: Graph, name: string): boolean {
  const data = initializers.get(name)!.data as Float32Array
  const isMask = data.every((value) => value === 0 || value <= EXCLUDED) && data.some((value) => value !== 0)
  return data.length > 1 && !isMask
}
