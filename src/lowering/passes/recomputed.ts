import { GraphBuilder } from '../../onnx/builder.js'
import { indexGraph, MS, type Node, operatorOf } from '../../onnx/graph/graph.js'
import { isTanhGelu } from '../../onnx/isTanhGelu.js'
import { nodesBehind } from '../../onnx/transform/reachability.js'
import { sortGraph } from '../../onnx/transform/sortGraph.js'
import type { Pass } from './pass.js'

/** The gradient of an operator with the inputs dY and x, which gets the value of the operator as one more output. */
interface Recomputing {
  /** Tells whether a node that reads x is the operator. */
  isOperator(node: Node, gradient: Node): boolean
  /** The place of the value among the outputs of the gradient. */
  readonly place: number
  /** The places of the operator's inputs that the value depends on and the gradient does not. They are added to its own. */
  readonly needs: readonly number[]
}

const isGelu = (node: Node) => ['Gelu', `${MS}:Gelu`, `${MS}:FastGelu`].includes(operatorOf(node))

const recomputing = new Map<string, Recomputing>([
  [`${MS}:FastGeluGrad`, { isOperator: (node) => isGelu(node) && isTanhGelu(node), place: 1, needs: [] }],
  [`${MS}:GeluGrad`, { isOperator: (node) => isGelu(node) && !isTanhGelu(node), place: 1, needs: [] }],
  [
    `${MS}:LayerNormalizationGrad`,
    {
      // Several may read x, each with a scale of its own: this one's mean is read.
      isOperator: ({ opType, outputs }, { inputs }) => opType === 'LayerNormalization' && outputs[1] === inputs[3],
      place: 3,
      needs: [2],
    },
  ],
])

/**
 * The least width of what is computed again, and of the product that reads it: a pass over memory takes as long as some
 * multiplications of each value, and the product takes one for each of its columns. Rows of few values take longer.
 */
const LEAST_WIDTH = 512

/**
 * The computation of values again in the backward pass which the forward pass would keep for it: those of GELU and layer
 * normalization, which the weight gradient of the product behind them reads. Their gradients need the input of the
 * operator anyway, and compute most of its value from it (Chen et al. 2016, "Training deep nets with sublinear memory
 * cost", arXiv 1604.06174).
 */
export const recomputed: Pass = {
  name: 'recomputed',
  apply(graph) {
    const g = new GraphBuilder(graph, 'recomputed/')
    for (const gradient of [...graph.nodes]) {
      const rule = recomputing.get(operatorOf(gradient))
      if (rule) recompute(gradient, rule, g)
    }
    return graph
  },
}

/** Makes the readers of a value in the backward pass read what the gradient of its operator computes. */
function recompute(gradient: Node, { isOperator, place, needs }: Recomputing, g: GraphBuilder): void {
  const { graph } = g
  const { consumers } = indexGraph(graph)
  const [dy, x] = gradient.inputs as [string, string]
  const operator = consumers.get(x)?.find((node) => node.inputs[0] === x && isOperator(node, gradient))
  const value = operator?.outputs[0]
  if (!value) return
  const before = nodesBehind(graph, [dy])
  const all = (consumers.get(value) ?? []).filter(({ inputs }) => inputs.includes(value))
  const readers = all.filter((node) => !before.has(node))
  const products = all.filter((node) => before.has(node)).map(({ outputs }) => outputs[0]!)
  const isWide = (name: string) => Number(graph.info(name)?.shape?.at(-1)) >= LEAST_WIDTH
  if (readers.length === 0 || !isWide(value) || !products.some(isWide)) return
  const again = g.fresh(operator.opType)
  graph.values.set(again, { ...graph.info(value), name: again })
  gradient.outputs = Array.from({ length: place }, (_, i) => gradient.outputs[i] ?? '').concat(again)
  gradient.inputs.push(...needs.map((input) => operator.inputs[input] ?? ''))
  for (const reader of readers) reader.inputs = reader.inputs.map((input) => (input === value ? again : input))
  sortGraph(graph)
}
