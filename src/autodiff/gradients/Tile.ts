import { autodiffError } from '../errors.js'
import { reduceSum } from '../support/broadcast.js'
import { reshapeLike } from '../support/reshape.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of Tile: dY, summed over the repetitions. */
export const Tile = gradientRule({
  operator: 'Tile',
  inputs: ['input', 'repeats'],
  gradient: (c) => ({
    input: () => {
      const x = c.node.inputs[0]!
      const repeats = repeatsOf(c)
      const repeated = [...repeats.keys()].filter((axis) => repeats[axis] !== 1)
      if (repeated.length === 0) return c.dy
      // Each axis becomes two: the repetitions, and the elements. One size may be a symbol.
      const sizes = c.shape(x).map((dim) => (typeof dim === 'number' ? dim : -1))
      const split = c.g.op('Reshape', [c.dy, c.g.ints(...sizes.flatMap((size, axis) => [repeats[axis]!, size]))])
      const sum = reduceSum(
        c,
        split,
        repeats.map((_, axis) => 2 * axis),
        false,
      )
      return sizes.filter((size) => size === -1).length > 0 ? reshapeLike(c, sum, x) : sum
    },
  }),
})

/** Returns the number of repetitions along each axis, by the shapes before and after. */
function repeatsOf(c: GradientContext): number[] {
  const [x, y] = [c.node.inputs[0]!, c.node.outputs[0]!]
  const [from, to] = [c.shape(x), c.shape(y)]
  return from.map((size, axis) => {
    const result = to[axis]!
    if (size !== null && size === result) return 1
    if (typeof size === 'number' && typeof result === 'number' && size > 0) return result / size
    const { opType: op, name } = c.node
    throw autodiffError('autodiff/unknown-shape', { value: typeof size === 'number' ? y : x, op, node: name })
  })
}
