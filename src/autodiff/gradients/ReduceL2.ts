import { CAST_TO } from '../../onnx/graph/tensor.js'
import { reducedSlope } from '../support/reducedSlope.js'

/** The gradient of the Euclidean length: dX = dY X / Y, and 0 where the length is 0, as in torch. */
export const ReduceL2 = reducedSlope('ReduceL2', ({ g }, x, y) => {
  const isZero = g.op('Cast', [g.op('Equal', [y, g.scalar(0)])], { to: CAST_TO.float32 })
  return g.op('Div', [x, g.op('Add', [y, isZero])])
})
