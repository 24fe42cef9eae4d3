import { intAttribute, MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/** Split, whose lengths are always given. */
export const SplitTraining: Lowering = {
  operator: `${MS}:SplitTraining`,
  lower(node, c) {
    c.g.ops('Split', node.inputs, { axis: intAttribute(node, 'axis', 0) }, { outputs: node.outputs })
  },
}
