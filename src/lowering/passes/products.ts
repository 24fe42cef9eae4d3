import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, intAttribute, type Node, operatorOf } from '../../onnx/graph/graph.js'
import { matrixOf } from './matrixOf.js'
import type { Pass } from './pass.js'

/** The least rows: ONNX Runtime transposes a factor piece by piece, and again for other columns of the product. */
const LEAST_ROWS = 256
/** A factor is transposed before, for a product that uses each of its elements so often. */
const LEAST_USES = 192
/** Weights with fewer columns are transposed: the pieces of their rows are short. */
const SHORT_ROW = 256

/**
 * The gradients of weights transposed, where a layer has more outputs than inputs: the factor that `transposedFactors`
 * transposes is then the narrow one.
 */
export const flippedProducts: Pass = {
  name: 'flippedProducts',
  apply(graph) {
    const g = new GraphBuilder(graph, 'flipped/')
    const nodes = graph.nodes
    graph.nodes = []
    for (const node of nodes) {
      graph.nodes.push(node)
      if (isTransposed(node, 'A') && isWorthFlipping(node, graph)) flip(node, g)
    }
    return graph
  },
}

function isWorthFlipping({ inputs: [a, b, added] }: Node, graph: Graph): boolean {
  const [left, right] = [matrixOf(graph, a), matrixOf(graph, b)]
  return !added && !!left && !!right && left[0] >= LEAST_ROWS && left[1] >= LEAST_USES && left[1] > right[1]
}

function flip(node: Node, g: GraphBuilder): void {
  const [[result], [a, b]] = [node.outputs, node.inputs]
  const flipped = g.fresh(result!)
  const shape = [b!, a!].map((value) => matrixOf(g.graph, value)![1])
  g.graph.values.set(flipped, { ...g.graph.info(result!), name: flipped, shape })
  Object.assign(node, { inputs: [b, a], outputs: [flipped] })
  transpose(flipped, g, result!)
}

/** Factors that are transposed once, before the products that read them so. */
export const transposedFactors: Pass = {
  name: 'transposedFactors',
  apply(graph) {
    const g = new GraphBuilder(graph, 'transposed/')
    const known = new Map<string, string>()
    const nodes = graph.nodes
    graph.nodes = []
    for (const node of nodes) {
      const side = sideToTranspose(node, graph)
      if (side) {
        const [place, value] = side === 'A' ? [0, node.inputs[0]!] : [1, node.inputs[1]!]
        const transposed = known.get(value) ?? transpose(value, g)
        known.set(value, transposed)
        node.inputs[place] = transposed
        node.attributes[`trans${side}`] = { type: 'int', value: 0 }
      }
      graph.nodes.push(node)
    }
    return graph
  },
}

function sideToTranspose(node: Node, graph: Graph): 'A' | 'B' | undefined {
  const [left, right] = [matrixOf(graph, node.inputs[0]), matrixOf(graph, node.inputs[1])]
  if (!left || !right) return undefined
  const [rows, columns] = left
  if (isTransposed(node, 'A')) {
    const uses = right[isTransposed(node, 'B') ? 0 : 1]
    return rows >= LEAST_ROWS && uses >= LEAST_USES ? 'A' : undefined
  }
  return isTransposed(node, 'B') && columns < SHORT_ROW && rows >= LEAST_ROWS ? 'B' : undefined
}

const isTransposed = (node: Node, side: 'A' | 'B'): boolean =>
  operatorOf(node) === 'Gemm' && intAttribute(node, `trans${side}`, 0) !== 0

/** Transposes a matrix as one of several: ONNX Runtime would join a plain Transpose with the product beside it. */
function transpose(value: string, g: GraphBuilder, result = g.fresh(value)): string {
  const [rows, columns] = matrixOf(g.graph, value)!
  const several = g.op('Reshape', [value, g.ints(1, rows, columns)])
  const transposed = g.op('Transpose', [several], { perm: [0, 2, 1] })
  g.op('Reshape', [transposed, g.ints(columns, rows)], {}, { outputs: [result] })
  g.graph.values.set(result, { ...g.graph.info(value), name: result, shape: [columns, rows] })
  return result
}
