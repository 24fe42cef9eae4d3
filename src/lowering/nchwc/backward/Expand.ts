import type { BlockedRule } from '../writer/rule.js'

/** The blocked form of Expand: one pixel repeated over a map, as in the gradient of a global pool. */
export const Expand: BlockedRule = {
  operator: 'Expand',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const [, , h, w] = c.official.dims4(y)
    c.values.makePlain(x)
    // A single pixel is the same in both layouts.
    c.values.set(y, { kind: 'tensors', parts: [c.ops.spread(x, h, w)] })
  },
}
