import { MASK, MASK_OF_ROWS } from '../../contract/names.js'
import type { GraphBuilder } from '../../onnx/builder.js'
import { floatAttribute, intAttribute, MS, type Node } from '../../onnx/graph/graph.js'
import type { DataType, Tensor } from '../../onnx/graph/tensor.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of dropout, which is on in a training graph and off in an evaluation graph, as in torch's `train()` and
 * `eval()`. A dropout with the attribute `mask`, which is not the standard's, draws nothing: it is a product with an input.
 */
export const Dropout = gradientRule({
  operator: 'Dropout',
  inputs: ['data', 'ratio', 'training_mode'],
  inferenceForm: (node) =>
    node.attributes[MASK]
      ? { ...node, opType: 'Identity', inputs: node.inputs.slice(0, 1), attributes: {} }
      : { ...node, inputs: node.inputs.slice(0, 2), outputs: node.outputs.slice(0, 1) },
  trainingForm: (node, { g }) => {
    const fed = node.attributes[MASK]
    if (fed) return product(node, g, fed.value as string)
    const ratio = node.inputs[1] || g.scalar(floatAttribute(node, 'ratio', 0.5))
    const on: Tensor<'bool'> = { type: 'bool', dims: [], data: Uint8Array.of(1) }
    const [y, mask] = node.outputs
    return {
      ...node,
      inputs: [node.inputs[0]!, ratio, g.constant(on)],
      outputs: [y!, mask || g.fresh(`${y}_mask`)],
      attributes: seedOf(node),
    }
  },
  gradient: (c) => ({
    data: () => {
      const [, ratio, on] = c.node.inputs
      return c.g.op('DropoutGrad', [c.dy, c.node.outputs[1], ratio, on], {}, { domain: MS })
    },
  }),
})

/**
 * Returns a dropout as a product with its mask, an input of the shape of the data, or with one value for each example.
 */
function product(node: Node, g: GraphBuilder, mask: string): Node {
  const data = node.inputs[0]!
  const { type = 'float32', shape = [] } = g.graph.info(data) ?? {}
  const rows = intAttribute(node, MASK_OF_ROWS, 0)
  const factors = rows === 0 ? g.input(mask, type, shape) : factorsOfRows(g, mask, { type, rank: shape.length, rows })
  return { ...node, opType: 'Mul', inputs: [data, factors], attributes: {} }
}

interface RowsOfExamples {
  readonly type: DataType
  readonly rank: number
  /** The rows of the data that are one example's, such as its tokens. */
  readonly rows: number
}

/** Appends the repetition of the values of examples for all of their rows: [N, 1] to [N * rows, 1]. */
function factorsOfRows(g: GraphBuilder, mask: string, { type, rank, rows }: RowsOfExamples): string {
  const ones = Array<number>(rank - 1).fill(1)
  const factors = g.input(mask, type, [g.graph.inputs[0]?.shape?.[0] ?? null, ...ones])
  if (rows === 1) return factors
  const repeated = g.op('Expand', [factors, g.ints(1, rows, ...ones.slice(1))])
  return g.op('Reshape', [repeated, g.ints(-1, ...ones)])
}

const seedOf = ({ attributes: { seed } }: Node): Node['attributes'] => (seed ? { seed } : {})
