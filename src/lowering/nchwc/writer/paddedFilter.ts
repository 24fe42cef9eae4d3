import type { Name } from '../layout/dims.js'
import type { FilterLayout } from '../layout/filters.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { blockedOrder, plainOrder } from '../ops/filterOrder.js'

/** Returns a filter of the standard layout in the blocked one, filled up with zeros to whole blocks. */
export function filledUp(ops: BlockedOps, filter: Name, dims: readonly number[], layout: FilterLayout): Name {
  const missing = layout.dims.map((size, axis) => size - dims[axis]!)
  const padded = ops.g.op('Pad', [filter, ops.g.ints(...missing.map(() => 0), ...missing)])
  return blockedOrder(ops, padded, layout)
}

/** Writes the gradient of such a filter to `output`, in the standard layout and without what fills it up. */
export function cutGradient(
  ops: BlockedOps,
  gradient: Name,
  dims: readonly number[],
  layout: FilterLayout,
  output: string,
): void {
  const { g } = ops
  const plain = plainOrder(ops, gradient, layout)
  g.op('Slice', [plain, g.ints(0, 0), g.ints(dims[0]!, dims[1]!), g.ints(0, 1)], {}, { outputs: [output] })
}
