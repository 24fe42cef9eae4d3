import { sizeOf } from '../../../onnx/graph/tensor.js'
import type { Name } from '../layout/dims.js'
import type { ScaledMaps } from '../layout/pointwise.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'

/**
 * Writes the product of each map with its factor, and adds its pixel: a depthwise convolution of single pixels over the
 * channels, or, where samples have factors of their own, over the maps of all samples.
 */
export function affineMaps(
  { map, factors, pixels }: ScaledMaps & { readonly pixels?: string },
  { ops, official, values }: BlockedWriter,
): Name {
  const [n, channels, h, w] = official.dims4(map)
  const groups = sizeOf(official.dims(factors))
  values.makePlain(factors)
  if (pixels) values.makePlain(pixels)
  const tensors = {
    x: ops.reshape(values.whole(map), (n * channels) / groups, groups, h, w),
    w: ops.reshape(factors, groups, 1, 1, 1),
    bias: pixels && ops.reshape(pixels, groups),
  }
  return ops.reshape(ops.conv(tensors, { kernel_shape: [1, 1], group: groups }), n, channels, h, w)
}
