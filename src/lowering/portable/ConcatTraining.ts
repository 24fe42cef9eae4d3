import { intAttribute, MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** Concat, with a second output: the length of each input along the axis. */
export const ConcatTraining: Lowering = {
  operator: `${MS}:ConcatTraining`,
  lower(node, c) {
    const { g } = c
    const [joined, lengths] = node.outputs
    const axis = intAttribute(node, 'axis', 0)
    if (joined) c.define(joined, 'Concat', node.inputs, { axis })
    if (!lengths) return
    const end = axis === -1 ? undefined : axis + 1
    const sizes = node.inputs.map((input) => g.op('Shape', [input], { start: axis, end }))
    c.define(lengths, 'Concat', sizes, { axis: 0 })
  },
}
