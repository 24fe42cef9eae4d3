import { MS } from '../../onnx/graph/graph.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import type { Lowering } from './support/lowering.js'

/** The default ratio of Dropout. */
const DEFAULT_RATIO = 0.5

/** The gradient of dropout. Inputs dY, mask, ratio, training_mode; dX = dY * mask / (1 - ratio). */
export const DropoutGrad: Lowering = {
  operator: `${MS}:DropoutGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, mask, ratio] = node.inputs
    const dropped = ratio ? g.op('Cast', [ratio], { to: CAST_TO.float32 }) : g.scalar(DEFAULT_RATIO)
    const scale = g.op('Reciprocal', [g.op('Sub', [g.scalar(1), dropped])])
    const kept = g.op('Mul', [g.op('Cast', [mask], { to: CAST_TO.float32 }), scale])
    c.define(node.outputs[0]!, 'Mul', [dY, kept])
  },
}
