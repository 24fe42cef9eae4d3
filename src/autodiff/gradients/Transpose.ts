import { intsAttribute } from '../../onnx/graph/graph.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of Transpose: dY with the inverse permutation of the axes. Without `perm`, Transpose reverses them, and
 * so does its gradient.
 */
export const Transpose = gradientRule({
  operator: 'Transpose',
  inputs: ['data'],
  gradient: (c) => ({
    data: () => {
      const perm = intsAttribute(c.node, 'perm')
      const inverse = perm && Array.from(perm, (_, axis) => perm.indexOf(axis))
      return c.g.op('Transpose', [c.dy], { perm: inverse })
    },
  }),
})
