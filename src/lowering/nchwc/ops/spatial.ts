import type { Dims, Name, Phase } from '../layout/dims.js'
import { PHASES } from '../layout/dims.js'
import type { Pads } from '../layout/geometry.js'
import type { BlockedOps } from './BlockedOps.js'

/** Adds zeros around a map. */
export function pad(ops: BlockedOps, x: Name, channels: number, pads: Pads): Name {
  if (pads.every((size) => size === 0)) return x
  const w = ops.depthwiseFilter(channels, [1], [1, 1])
  return ops.conv({ x, w }, { kernel_shape: [1, 1], pads, group: channels })
}

/** The distance by which a map is moved: one row or one column. */
export type Step = readonly [rows: 0 | 1, columns: 0 | 1]

/** Moves a map down or right (`forward`), or back, and fills with zeros; `add` is added to the result. */
export function shift(
  ops: BlockedOps,
  x: Name,
  channels: number,
  [rows, columns]: Step,
  direction: 'forward' | 'back',
  add?: Name,
): Name {
  const isForward = direction === 'forward'
  const size = [rows + 1, columns + 1] as const
  const w = ops.depthwiseFilter(channels, isForward ? [1, 0] : [0, 1], size)
  const pads = isForward ? [rows, columns, 0, 0] : [0, 0, rows, columns]
  return ops.conv({ x, w, add }, { kernel_shape: [...size], pads, group: channels })
}

/** Interleaves four phases [N, C, H/2, W/2] to one tensor of `dims`. */
export function interleave(ops: BlockedOps, phases: readonly Name[], [n, c, height, width]: Dims): Name {
  const { g, block } = ops
  const [h, w] = [height / 2, width / 2]
  const rows = ((n * c) / block) * h
  const pairs = [0, 2].map((first) => {
    const pixels = [first, first + 1].map((phase) => ops.reshape(phases[phase]!, rows * w, 1, block))
    return ops.reshape(g.op('Concat', pixels, { axis: 1 }), rows, 1, 2 * w * block)
  })
  return ops.reshape(g.op('Concat', pairs, { axis: 1 }), n, c, height, width)
}

/** A function that writes a convolution, added to an existing tensor if one is given. */
export type DeferredConv = (add?: Name) => Name

/** The convolutions whose sum a tensor is, by phase; a phase without any is zero. */
export type SumByPhase = ReadonlyMap<Phase, readonly DeferredConv[]>

/** Computes a tensor of `dims` whose phases are sums of convolutions. */
export function sumByPhase(ops: BlockedOps, sum: SumByPhase, dims: Dims): Name {
  const [n, c, h, w] = dims
  const phases = PHASES.map((_, i) => {
    const terms = sum.get(i as Phase) ?? []
    let total: Name | undefined
    for (const term of terms) total = term(total)
    return total ?? ops.g.op('ConstantOfShape', [ops.g.ints(n, c, h / 2, w / 2)])
  })
  return interleave(ops, phases, dims)
}
