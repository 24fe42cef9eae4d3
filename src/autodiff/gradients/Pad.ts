import { intsAttribute, stringAttribute } from '../../onnx/graph/graph.js'
import { constantOf } from '../support/constants.js'
import { type GradientContext, gradientRule } from '../support/rule.js'
import { unsupported } from '../support/unsupported.js'

/** The gradient of padding with a constant: dY without the padding. Negative padding cuts, and cuts become zeros. */
export const Pad = gradientRule({
  operator: 'Pad',
  inputs: ['data', 'pads', 'constant_value', 'axes'],
  gradient: (c) => ({
    data: () => {
      const mode = stringAttribute(c.node, 'mode', 'constant')
      if (mode !== 'constant') throw unsupported(c, `the mode ${mode}`)
      const [, pads, , axes] = c.node.inputs
      const attribute = intsAttribute(c.node, 'pads')
      if (attribute) return c.g.op('Pad', [c.dy], { pads: attribute.map((pad) => -pad) })
      return c.g.op('Pad', [c.dy, negated(c, pads!), ...(axes ? ['', axes] : [])])
    },
  }),
})

function negated(c: GradientContext, pads: string): string {
  const known = constantOf(c, pads)
  return known ? c.g.ints(...known.map((pad) => (pad === 0 ? 0 : -pad))) : c.g.op('Neg', [pads])
}
