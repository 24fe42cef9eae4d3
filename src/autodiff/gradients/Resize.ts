import { type AxisMatrix, interpolationOf, resizedAlong } from '../../onnx/graph/interpolation.js'
import { constantOf } from '../support/constants.js'
import { type GradientContext, gradientRule } from '../support/rule.js'
import { throughMatrices } from '../support/throughMatrices.js'
import { unsupported } from '../support/unsupported.js'

/**
 * The gradient of Resize. Along each axis it is a matrix of interpolation, Y = A X B^T for height and width, so dX =
 * A^T dY B: exact for every mode that has such a matrix.
 */
export const Resize = gradientRule({
  operator: 'Resize',
  inputs: ['X', 'roi', 'scales', 'sizes'],
  gradient: (c) => ({
    X: () => {
      const matrices = resizedAxes(c).map((axis) => matrixAlong(c, axis))
      return throughMatrices(c, matrices)
    },
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

function matrixAlong(c: GradientContext, axis: number): AxisMatrix {
  const kind = interpolationOf(c.node)
  if (typeof kind === 'string') throw unsupported(c, kind)
  const [x, , scales] = c.node.inputs as [string, string?, string?]
  const rank = c.shape(x).length
  const [from, to] = [x, c.node.outputs[0]!].map((value) => c.staticShape(value, axis)[0]!) as [number, number]
  return resizedAlong(c.node, kind, { axis, rank, from, to }, constantOf(c, scales))
}
