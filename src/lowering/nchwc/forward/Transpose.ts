import { NCHWC } from '../../../onnx/graph/graph.js'
import { isToChannelsLast } from '../layout/channelsLast.js'
import type { BlockedRule } from '../writer/rule.js'

/**
 * The blocked form of a transposition to or from channels last: a reorder of the layout, which ONNX Runtime computes on
 * all threads. A Transpose has one.
 */
export const Transpose: BlockedRule = {
  operator: 'Transpose',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (isToChannelsLast(node)) {
      const attributes = { channels: c.official.dims(x)[1]!, channels_last: 1 }
      c.g.op('ReorderOutput', [c.values.whole(x)], attributes, { domain: NCHWC, outputs: [y] })
      return
    }
    c.values.makePlain(x)
    c.values.set(y, { kind: 'tensors', parts: [c.ops.nchwc('ReorderInput', [x], { channels_last: 1 })] })
  },
}
