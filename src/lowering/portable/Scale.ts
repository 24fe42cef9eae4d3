import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { CAST_TO } from '../../onnx/graph/tensor.js'
import type { Lowering } from './support/lowering.js'

/** Y = X * scale, or X / scale with scale_down. The scale is a scalar of any type and rank. */
export const Scale: Lowering = {
  operator: `${MS}:Scale`,
  lower(node, c) {
    const [x, scale] = node.inputs
    const number = c.g.op('Squeeze', [c.g.op('Cast', [scale], { to: CAST_TO.float32 })])
    c.define(node.outputs[0]!, intAttribute(node, 'scale_down', 0) ? 'Div' : 'Mul', [x, number])
  },
}
