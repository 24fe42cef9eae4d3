import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import { type Lowering, type LoweringContext, range } from './support/lowering.js'

/**
 * The gradient of Gather. Inputs the shape of X, indices, dY; dX: each slice of dY added to where it was gathered from.
 */
export const GatherGrad: Lowering = {
  operator: `${MS}:GatherGrad`,
  lower(node, c) {
    const { g } = c
    const [shape, indices, dY] = node.inputs as [string, string, string]
    const indexRank = c.rank(indices, node)
    const rank = c.rank(dY, node) - indexRank + 1
    const axis = (intAttribute(node, 'axis', 0) + rank) % rank
    const places = indexColumn(c, indices, indexRank)
    const scatter = (zeros: string, updates: string, output?: string) =>
      g.op('ScatterND', [zeros, places, updates], { reduction: 'add' }, output ? { outputs: [output] } : {})
    if (axis === 0) {
      scatter(g.op('ConstantOfShape', [shape]), dY, node.outputs[0])
      return
    }
    // ScatterND writes along the first axis, so the gathered one is moved there and back.
    const axisFirst = [axis, ...range(rank).filter((other) => other !== axis)]
    const indicesFirst = [...range(indexRank, axis), ...range(axis), ...range(rank - axis - 1, axis + indexRank)]
    const zeros = g.op('ConstantOfShape', [g.op('Gather', [shape, g.ints(...axisFirst)])])
    const scattered = scatter(zeros, g.op('Transpose', [dY], { perm: indicesFirst }))
    c.define(node.outputs[0]!, 'Transpose', [scattered], { perm: range(rank).map((to) => axisFirst.indexOf(to)) })
  },
}

/** Returns the indices as ScatterND takes them: int64, with one axis more. The axis is added to a type that the target has. */
function indexColumn({ g, strategies }: LoweringContext, indices: string, rank: number): string {
  const column = (to: number) => g.op('Unsqueeze', [g.op('Cast', [indices], { to }), g.ints(rank)])
  return strategies.wholeNumbers === 'int64'
    ? column(CAST_TO.int64)
    : g.op('Cast', [column(CAST_TO.int32)], { to: CAST_TO.int64 })
}
