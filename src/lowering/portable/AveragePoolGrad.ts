import { intAttribute, intsAttribute } from '../../onnx/graph/graph.js'
import { float32, sizeOf } from '../../onnx/graph/tensor.js'
import { hasCeilMode, outputSize, type WindowAxis, windowOf } from '../../onnx/graph/window.js'
import { type Lowering, range } from './support/lowering.js'
import { combinations } from './support/phases.js'

/**
 * The gradient of average pooling: distributes dY, divided by the size of its window, over the window. All channels are
 * equal, so they join the batch, and one ConvTranspose with a kernel of ones does it. The only input is dY, so the
 * graph must declare the shape of dX.
 */
export const AveragePoolGrad: Lowering = {
  operator: 'AveragePoolGrad',
  lower(node, c) {
    const { g } = c
    const [dX, dY] = [node.outputs[0]!, node.inputs[0]!]
    const dims = c.knownSizes(dX, node, 1)
    const sizes = dims.slice(1)
    const kernel = intsAttribute(node, 'kernel_shape')!
    const window = windowOf(node, kernel, sizes)
    const pooled = window.map((axis, i) => outputSize(sizes[i]!, axis, hasCeilMode(node)))
    const counts = windowCounts(window, sizes, pooled, intAttribute(node, 'count_include_pad', 0) === 1)

    const images = g.op('Reshape', [dY, g.ints(-1, 1, ...pooled)])
    const shares = g.op('Mul', [
      images,
      g.constant(
        float32(
          counts.map((count) => 1 / count),
          [1, 1, ...pooled],
        ),
      ),
    ])
    const ones = g.constant(
      float32(
        range(sizeOf(kernel)).map(() => 1),
        [1, 1, ...kernel],
      ),
    )
    // The rows of the input that the last window does not reach (positive), or its overhang (negative).
    const rest = window.map((axis, i) => sizes[i]! + axis.padBegin - (pooled[i]! - 1) * axis.stride - axis.extent)
    const spread = g.op('ConvTranspose', [shares, ones], {
      strides: window.map((axis) => axis.stride),
      dilations: window.map((axis) => axis.dilation),
      pads: [...window.map((axis) => axis.padBegin), ...rest.map((left) => Math.max(-left, 0))],
      output_padding: rest.map((left) => Math.max(left, 0)),
    })
    c.define(dX, 'Reshape', [spread, g.ints(-1, ...dims)])
  },
}

/**
 * Computes the divisor of each window: the part of it inside the input, or inside the input and its padding. (If a
 * window overhangs even that, with ceil_mode, the forward operator does not count the overhang; the official gradient
 * does.)
 */
function windowCounts(
  window: readonly WindowAxis[],
  sizes: readonly number[],
  pooled: readonly number[],
  includePads: boolean,
): number[] {
  const inside = (axis: WindowAxis, size: number, output: number) =>
    range(axis.kernel).filter((tap) => {
      const at = output * axis.stride - axis.padBegin + tap * axis.dilation
      return includePads ? at < size + axis.padEnd : at >= 0 && at < size
    }).length
  return combinations(pooled).map((at) => sizeOf(at.map((output, i) => inside(window[i]!, sizes[i]!, output))))
}
