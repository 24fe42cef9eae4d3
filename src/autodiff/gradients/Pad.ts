import { borders } from '../../onnx/graph/borders.js'
import { stringAttribute } from '../../onnx/graph/graph.js'
import { constantOf } from '../support/constants.js'
import { type GradientContext, gradientRule } from '../support/rule.js'
import { throughMatrices } from '../support/throughMatrices.js'
import { unsupported } from '../support/unsupported.js'

/**
 * The gradient of padding. With a constant: dY without the padding; negative padding cuts, and cuts become zeros. With
 * elements of X: dY at each place of an element, summed.
 */
export const Pad = gradientRule({
  operator: 'Pad',
  inputs: ['data', 'pads', 'constant_value', 'axes'],
  gradient: (c) => ({
    data: () => {
      const mode = stringAttribute(c.node, 'mode', 'constant')
      return mode === 'constant' ? withoutPadding(c) : gathered(c, mode)
    },
  }),
})

function withoutPadding(c: GradientContext): string {
  const [, pads, , axes] = c.node.inputs
  return c.g.op('Pad', [c.dy, negated(c, pads!), ...(axes ? ['', axes] : [])])
}

function negated(c: GradientContext, pads: string): string {
  const known = constantOf(c, pads)
  return known ? c.g.ints(...known.map((pad) => (pad === 0 ? 0 : -pad))) : c.g.op('Neg', [pads])
}

/** Adds what each element gets from all places where it went. Negative padding cuts first. */
function gathered(c: GradientContext, mode: string): string {
  const placeOf = mode === 'edge' || mode === 'reflect' || mode === 'wrap' ? borders[mode] : undefined
  if (!placeOf) throw unsupported(c, `the mode ${mode}`)
  const [x, given, , givenAxes] = c.node.inputs as [string, string, string?, string?]
  const pads = constantOf(c, given)
  const rank = c.shape(x).length
  const axes = givenAxes ? constantOf(c, givenAxes) : Array.from({ length: rank }, (_, axis) => axis)
  if (!pads || !axes) throw unsupported(c, 'padding that is computed')
  const matrices = axes.flatMap((signed, i) => {
    const axis = signed < 0 ? signed + rank : signed
    const [begin, end] = [pads[i]!, pads[i + axes.length]!]
    if (begin === 0 && end === 0) return []
    const from = c.staticShape(x, axis)[0]!
    const cut = Math.max(0, -begin)
    const size = from - cut - Math.max(0, -end)
    const row = (at: number) => [[cut + placeOf(at - Math.max(0, begin), size), 1]] as const
    return [{ axis, from, to: from + begin + end, row }]
  })
  return throughMatrices(c, matrices)
}
