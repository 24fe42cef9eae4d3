import { intAttribute } from '../../onnx/graph/graph.js'
import { windowOf } from '../../onnx/graph/window.js'
import { areKnown, type Lowering } from './support/lowering.js'
import { tilingOf } from './winograd/tiling.js'
import { winogradConvolution } from './winograd/winograd.js'

/** A convolution: by Winograd's algorithm where the target has it and it is cheaper, otherwise as it is. */
export const Conv: Lowering = {
  operator: 'Conv',
  lower(node, c) {
    const [x, w, bias] = node.inputs as [string, string, string?]
    const [shape, weightDims] = [c.source.info(x)?.shape, c.source.info(w)?.shape]
    const isPlanned = c.strategies.convolution === 'winograd' && shape && weightDims && areKnown(weightDims)
    if (!isPlanned) return c.keep(node)
    const sizes = shape.slice(2).map((size) => (typeof size === 'number' ? size : undefined))
    const window = windowOf(node, weightDims.slice(2), sizes)
    const tiling = tilingOf({ shape, weightDims, window, group: intAttribute(node, 'group', 1) })
    if (tiling) winogradConvolution(c, { x, w, bias }, tiling, node.outputs[0]!)
    else c.keep(node)
  },
}
