import { type Graph, intAttribute, intsAttribute, type Node } from '../graph/graph.js'
import { CAST_TO, int64, sizeOf, type Tensor } from '../graph/tensor.js'

/** Whole numbers in some axes. */
interface List {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}

/** The most numbers that a list of sizes or paddings has. */
const LONGEST = 64

/**
 * Replaces nodes that compute lists of whole numbers from constants alone by constants, in place. Torch's exporters
 * write the padding of an image as such a computation.
 */
export function foldLists(graph: Graph): void {
  graph.nodes = graph.nodes.filter((node) => {
    const fold = node.domain === '' && Object.hasOwn(folds, node.opType) ? folds[node.opType] : undefined
    const lists = fold && node.inputs.map((name) => listOf(graph.initializers.get(name)))
    const list = lists?.length && lists.every((each) => each !== undefined) ? fold!(node, lists) : undefined
    const [output] = node.outputs
    if (!output || !list?.data.every(Number.isSafeInteger)) return true
    graph.initializers.set(output, int64(list.data, list.dims))
    return false
  })
}

function listOf(tensor: Tensor | undefined): List | undefined {
  if (tensor?.type !== 'int64' || tensor.data.length > LONGEST) return undefined
  return { dims: tensor.dims, data: Array.from(tensor.data as BigInt64Array, Number) }
}

const folds: Readonly<Record<string, (node: Node, inputs: readonly List[]) => List | undefined>> = {
  Cast: (node, [x]) => (intAttribute(node, 'to', 0) === CAST_TO.int64 ? x : undefined),
  Concat(_, inputs) {
    if (inputs.some(({ dims }) => dims.length !== 1)) return undefined
    const data = inputs.flatMap((each) => each.data)
    return { dims: [data.length], data }
  },
  ConstantOfShape({ attributes: { value } }, [shape]) {
    const filling = value?.type === 'tensor' ? listOf(value.value)?.data[0] : undefined
    const size = shape!.data.every((dim) => dim >= 0) ? sizeOf(shape!.data) : Infinity
    if (filling === undefined || size > LONGEST) return undefined
    return { dims: shape!.data, data: Array<number>(size).fill(filling) }
  },
  Reshape(_, [x, target]) {
    if (!target) return undefined
    const rest = -sizeOf(target.data)
    const dims = target.data.map((dim) => (dim === -1 ? x!.data.length / rest : dim))
    const isShape = dims.every((dim) => Number.isInteger(dim) && dim > 0)
    return isShape && sizeOf(dims) === x!.data.length ? { dims, data: x!.data } : undefined
  },
  /** Reverses the rows. */
  Slice(_, [x, starts, ends, axes, steps]) {
    const [rows = 0, columns = 1] = x!.dims
    const isReversal = starts?.data[0] === -1 && (ends?.data[0] ?? 0) < -rows && steps?.data[0] === -1
    if (!isReversal || starts.data.length !== 1 || axes?.data[0] !== 0 || x!.dims.length > 2) return undefined
    return {
      dims: x!.dims,
      data: x!.data.map((_, i) => x!.data[(rows - 1 - Math.floor(i / columns)) * columns + (i % columns)]!),
    }
  },
  Transpose(node, [x]) {
    const [rows, columns] = x!.dims
    if (rows === undefined || columns === undefined || x!.dims.length > 2) return undefined
    if (String(intsAttribute(node, 'perm') ?? [1, 0]) !== '1,0') return undefined
    return { dims: [columns, rows], data: x!.data.map((_, i) => x!.data[(i % rows) * columns + Math.floor(i / rows)]!) }
  },
}
