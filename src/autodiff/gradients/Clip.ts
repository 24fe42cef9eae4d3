import { CAST_TO } from '../../onnx/graph/tensor.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/**
 * The gradient of Clip: dX = dY where min <= X <= max, 0 elsewhere. The limits are inputs since operator set 11,
 * attributes before.
 */
export const Clip = gradientRule({
  operator: 'Clip',
  inputs: ['input', 'min', 'max'],
  gradient: (c) => ({
    input: () => {
      const x = c.node.inputs[0]
      const [min, max] = [limit(c, 1, 'min'), limit(c, 2, 'max')]
      const outside = [min && c.g.op('Less', [x, min]), max && c.g.op('Greater', [x, max])].filter((mask) => !!mask)
      if (!outside.length) return c.dy
      const mask = outside.length === 1 ? outside[0] : c.g.op('Or', outside)
      const inside = c.g.op('Cast', [c.g.op('Not', [mask])], { to: CAST_TO.float32 })
      return c.g.op('Mul', [c.dy, inside])
    },
  }),
})

function limit(c: GradientContext, input: number, name: string): string | undefined {
  const attribute = c.node.attributes[name]
  return c.node.inputs[input] || (attribute?.type === 'float' ? c.g.scalar(attribute.value) : undefined)
}
