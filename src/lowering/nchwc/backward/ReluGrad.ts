import { MS } from '../../../onnx/graph/graph.js'
import { maskByRelu } from '../ops/elementwise.js'
import type { BlockedRule } from '../writer/rule.js'

export const ReluGrad: BlockedRule = {
  operator: `${MS}:ReluGrad`,
  write(node, c) {
    const [dy, y] = node.inputs as [string, string]
    const dx = node.outputs[0]!
    if (c.plan.fusions.get(node)?.kind === 'no mask') {
      c.values.set(dx, { kind: 'tensors', parts: c.values.parts(dy) })
      return
    }
    const gradients = c.values.partsLike(dy, y)
    const outputs = c.values.partsLike(y, dy)
    c.values.set(dx, { kind: 'tensors', parts: gradients.map((d, i) => maskByRelu(c.ops, d, outputs[i]!)) })
  },
}
