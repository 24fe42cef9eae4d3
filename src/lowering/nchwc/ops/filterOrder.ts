import type { Dims, Name } from '../layout/dims.js'
import type { FilterLayout } from '../layout/filters.js'
import type { BlockedOps } from './BlockedOps.js'

/** Reorders a filter from the blocked layout to the standard one. */
export function plainOrder(ops: BlockedOps, filter: Name, { dims, block }: FilterLayout): Name {
  const [outputs, inputs, kh, kw] = dims as unknown as Dims
  const isFirst = inputs < block
  const wide = isFirst
    ? ops.reshape(filter, outputs / block, inputs, kh, kw, block)
    : ops.reshape(filter, outputs / block, inputs / block, kh, kw, block, block)
  const transposed = ops.g.op('Transpose', [wide], { perm: isFirst ? [0, 4, 1, 2, 3] : [0, 5, 1, 4, 2, 3] })
  return ops.reshape(transposed, outputs, inputs, kh, kw)
}

/** Reorders a filter from the standard layout to the blocked one. */
export function blockedOrder(ops: BlockedOps, filter: Name, { dims, block }: FilterLayout, output?: string): Name {
  const [outputs, inputs, kh, kw] = dims as unknown as Dims
  const isFirst = inputs < block
  const wide = isFirst
    ? ops.reshape(filter, outputs / block, block, inputs, kh, kw)
    : ops.reshape(filter, outputs / block, block, inputs / block, block, kh, kw)
  const transposed = ops.g.op('Transpose', [wide], { perm: isFirst ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1] })
  return ops.g.op('Reshape', [transposed, ops.g.ints(...dims)], {}, output ? { outputs: [output] } : {})
}
