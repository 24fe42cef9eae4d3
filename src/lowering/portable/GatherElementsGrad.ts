import { intAttribute, MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'

/**
 * The gradient of GatherElements. Inputs dY, the shape of X, indices; dX: each dY added to the element that was
 * gathered.
 */
export const GatherElementsGrad: Lowering = {
  operator: `${MS}:GatherElementsGrad`,
  lower(node, c) {
    const [dY, shape, indices] = node.inputs as [string, string, string]
    const attributes = { axis: intAttribute(node, 'axis', 0), reduction: 'add' }
    c.define(node.outputs[0]!, 'ScatterElements', [c.g.op('ConstantOfShape', [shape]), indices, dY], attributes)
  },
}
