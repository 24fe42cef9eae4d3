import { throughMatrices } from '../support/axisMatrices.js'
import { interpolationAlong } from '../support/interpolation.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/**
 * The gradient of Resize. Along each axis it is a matrix of interpolation, Y = A X B^T for height and width, so dX =
 * A^T dY B: exact for every mode that has such a matrix.
 */
export const Resize = gradientRule({
  operator: 'Resize',
  inputs: ['X', 'roi', 'scales', 'sizes'],
  gradient: (c) => ({
    X: () =>
      throughMatrices(
        c,
        resizedAxes(c).map((axis) => interpolationAlong(c, axis)),
      ),
  }),
})

/** Returns the axes whose size changes. */
function resizedAxes(c: GradientContext): number[] {
  const [from, to] = [c.shape(c.node.inputs[0]!), c.shape(c.node.outputs[0]!)]
  // Of images, batch and channels stay, even where their sizes are unknown.
  const first = from.length > 2 ? 2 : 0
  return from.flatMap((size, axis) => {
    const isKnown = typeof size === 'number' && typeof to[axis] === 'number'
    return isKnown ? (size === to[axis] ? [] : [axis]) : axis < first ? [] : [axis]
  })
}
