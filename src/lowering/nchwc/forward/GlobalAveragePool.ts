import type { BlockedRule } from '../writer/rule.js'

/** The blocked form of global average pooling. A single pixel is the same in both layouts, so the result is plain. */
export const GlobalAveragePool: BlockedRule = {
  operator: 'GlobalAveragePool',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const [n, channels] = c.official.dims4(x)
    const pooled = c.ops.nchwc('GlobalAveragePool', [c.values.whole(x)])
    c.g.op('Reshape', [pooled, c.g.ints(n, channels, 1, 1)], {}, { outputs: [y] })
  },
}
