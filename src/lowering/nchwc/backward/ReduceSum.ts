import { dot, dotOfMaps, sum, sumOfMaps } from '../ops/reductions.js'
import type { BlockedRule } from '../writer/rule.js'

/** The blocked form of the sum of each map, or of each channel of all samples, as in the gradient of its factor. */
export const ReduceSum: BlockedRule = {
  operator: 'ReduceSum',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const value = c.values.get(x)
    const [dims, form] = [c.official.dims4(x), c.official.dims(y)]
    const isOfMaps = form[0] === dims[0]
    const result =
      value?.kind === 'product'
        ? (isOfMaps ? dotOfMaps : dot)(c.ops, ...value.factors, dims)
        : (isOfMaps ? sumOfMaps : sum)(c.ops, c.values.whole(x), dims)
    c.g.op('Reshape', [result, c.g.ints(...form)], {}, { outputs: [y] })
  },
}
