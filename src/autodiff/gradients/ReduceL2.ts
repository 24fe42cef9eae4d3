import { oneForZero } from '../../onnx/oneForZero.js'
import { reducedSlope } from '../support/reducedSlope.js'

/** The gradient of the Euclidean length: dX = dY X / Y, and 0 where the length is 0, as in torch. */
export const ReduceL2 = reducedSlope('ReduceL2', ({ g }, x, y) => g.op('Div', [x, oneForZero(g, y)]))
