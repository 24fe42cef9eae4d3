import { affine } from '../ops/elementwise.js'
import type { BlockedRule } from '../writer/rule.js'

/** The blocked form of ReLU: a pass of its own, or part of the one that applies batch norm. */
export const Relu: BlockedRule = {
  operator: 'Relu',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const value = c.values.get(x)
    const isFused = c.plan.fusions.get(node)?.kind === 'activation'
    const parts =
      isFused && value?.kind === 'affine'
        ? value.parts.map((part) => affine(c.ops, part, c.official.dims4(x)[1], { activation: 'Relu' }))
        : c.values.parts(x).map((part) => c.g.op('Relu', [part]))
    c.values.set(y, { kind: 'tensors', parts })
  },
}
