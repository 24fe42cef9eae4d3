import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { windowOf } from '../../onnx/graph/window.js'
import type { ConvGradient } from './support/convGradient.js'
import { inputGradient } from './support/convInputGradient.js'
import { weightGradient } from './support/convWeightGradient.js'
import { allButChannels, type Lowering } from './support/lowering.js'
import { sumOver } from './support/reduce.js'
import { tilingOf } from './winograd/tiling.js'
import { winogradGradient } from './winograd/winograd.js'

/**
 * The gradient of a convolution. Inputs dY, X, W; outputs dX, dW, dB, each computed if it is named. 1-D, 2-D and 3-D.
 */
export const ConvGrad: Lowering = {
  operator: `${MS}:ConvGrad`,
  lower(node, c) {
    const [dY, x, w] = node.inputs as [string, string, string]
    const [dX, dW, dB] = node.outputs
    const weightDims = c.knownSizes(w, node)
    const shape = c.shape(x, node)
    const sizes = shape.slice(2).map((size) => (typeof size === 'number' ? size : undefined))
    const window = windowOf(node, weightDims.slice(2), sizes)
    const group = intAttribute(node, 'group', 1)
    const gradient: ConvGradient = { dY, x, w, group, weightDims, window, sizes }
    const tiling = c.strategies.convolution === 'winograd' ? tilingOf({ shape, weightDims, window, group }) : undefined

    if (tiling) winogradGradient(c, gradient, tiling, { dX, dW })
    else {
      if (dX) inputGradient(c, gradient, dX)
      if (dW) weightGradient(c, gradient, dW)
    }
    if (dB) sumOver(c, dY, allButChannels(weightDims.length), dB)
  },
}
