import type { BlockedRule } from '../writer/rule.js'

/** The blocked form of Expand: one pixel repeated over a map, as in the gradient of a global pool. */
export const Expand: BlockedRule = {
  operator: 'Expand',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const { ops } = c
    const [n, channels, h, w] = c.official.dims4(y)
    const blocks = channels / ops.block
    c.values.makePlain(x)
    const pixel = ops.reshape(x, n, blocks, 1, ops.block)
    const wide = c.g.op('Expand', [pixel, c.g.ints(n, blocks, h * w, ops.block)])
    c.values.set(y, { kind: 'tensors', parts: [ops.reshape(wide, n, channels, h, w)] })
  },
}
