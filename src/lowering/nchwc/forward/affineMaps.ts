import type { Name } from '../layout/dims.js'
import type { ScaledMaps } from '../layout/pointwise.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'

/**
 * Writes the product of each map with its factor, and adds its pixel: a depthwise convolution of single pixels over the
 * maps of all samples.
 */
export function affineMaps(
  { map, factors, pixels }: ScaledMaps & { readonly pixels?: string },
  { ops, official, values }: BlockedWriter,
): Name {
  const [n, channels, h, w] = official.dims4(map)
  const maps = n * channels
  values.makePlain(factors)
  if (pixels) values.makePlain(pixels)
  const tensors = {
    x: ops.reshape(values.whole(map), 1, maps, h, w),
    w: ops.reshape(factors, maps, 1, 1, 1),
    bias: pixels && ops.reshape(pixels, maps),
  }
  return ops.reshape(ops.conv(tensors, { kernel_shape: [1, 1], group: maps }), n, channels, h, w)
}
