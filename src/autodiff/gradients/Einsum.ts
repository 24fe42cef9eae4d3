import { readEquation } from '../../onnx/graph/einsum.js'
import { stringAttribute } from '../../onnx/graph/graph.js'
import { type GradientContext, gradientRule } from '../support/rule.js'
import { unsupported } from '../support/unsupported.js'

/** The gradient of a sum of products: that of an input is the sum of the products of dY and the other inputs. */
export const Einsum = gradientRule({
  operator: 'Einsum',
  inputs: ['Inputs'],
  gradient: (c) => {
    const { inputs } = c.node
    const written = stringAttribute(c.node, 'equation', '')
    const shapes = inputs.map((input) => c.shape(input))
    const { terms, result } = readEquation(
      written,
      shapes.map(({ length }) => length),
    )
    const isRepeated = (term: string) => new Set(term).size < term.length
    if (terms.some(isRepeated)) throw unsupported(c, `a diagonal in ${written}`)
    checkSizes(c, terms, written)
    return {
      Inputs: (place) => {
        const others = [...inputs.keys()].filter((i) => i !== place)
        const factors = [c.dy, ...others.map((i) => inputs[i]!)]
        const letters = [result, ...others.map((i) => terms[i]!)]
        const wanted = terms[place]!
        // An axis that only this input has is summed: its elements share one gradient.
        if ([...wanted].some((letter) => !letters.some((term) => term.includes(letter)))) {
          factors.push(c.g.op('Expand', [c.g.scalar(1), c.g.op('Shape', [inputs[place]])]))
          letters.push(wanted)
        }
        return c.g.op('Einsum', factors, { equation: `${letters.join(',')}->${wanted}` })
      },
    }
  },
})

/** Refuses an axis of size 1 that is repeated for the others. */
function checkSizes(c: GradientContext, terms: readonly string[], written: string): void {
  const sizes = new Map<string, Set<unknown>>()
  for (const [i, term] of terms.entries())
    for (const [axis, letter] of [...term].entries())
      sizes.set(letter, (sizes.get(letter) ?? new Set()).add(c.shape(c.node.inputs[i]!)[axis]))
  for (const [letter, known] of sizes)
    if (known.has(1) && known.size > 1) throw unsupported(c, `the axis ${letter} of ${written} broadcast`)
}
