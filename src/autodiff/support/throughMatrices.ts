import { alongAxes } from '../../onnx/alongAxes.js'
import type { AxisMatrix } from '../../onnx/graph/interpolation.js'
import type { GradientContext } from './rule.js'

/** Adds A^T dY along each of the axes: the gradient of an operator that multiplies by a matrix along each. */
export const throughMatrices = (c: GradientContext, matrices: readonly AxisMatrix[]): string =>
  alongAxes(c.g, { value: c.dy, rank: c.shape(c.node.inputs[0]!).length, isTransposed: true }, matrices)
