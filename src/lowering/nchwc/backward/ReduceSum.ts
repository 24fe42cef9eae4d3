import { dotOfMaps, sumOfMaps } from '../ops/reductions.js'
import type { BlockedRule } from '../writer/rule.js'

/** The blocked form of the sum of each map, as in the gradient of its factor. */
export const ReduceSum: BlockedRule = {
  operator: 'ReduceSum',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const value = c.values.get(x)
    const dims = c.official.dims4(x)
    const sum =
      value?.kind === 'product' ? dotOfMaps(c.ops, ...value.factors, dims) : sumOfMaps(c.ops, c.values.whole(x), dims)
    c.g.op('Identity', [sum], {}, { outputs: [y] })
  },
}
