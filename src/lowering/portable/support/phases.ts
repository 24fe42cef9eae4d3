import type { GraphBuilder } from '../../../onnx/builder.js'
import { range } from './lowering.js'

/**
 * The positions `stride * o + offset` that a strided window reads. If an image is split into its phases (all positions
 * with the same remainder by the stride, on every axis), every read becomes a shift of one phase, in contiguous rows.
 */
export interface Position {
  /** The phase: the remainder by the stride. */
  readonly phase: number
  /** The position in the phase that output 0 reads. May be negative: padding. */
  readonly shift: number
}

export function position(offset: number, stride: number): Position {
  const shift = Math.floor(offset / stride)
  return { phase: offset - shift * stride, shift }
}

/** Returns the number of positions of an axis of `size` that belong to a phase. */
export const phaseSize = (size: number, phase: number, stride: number): number => Math.ceil((size - phase) / stride)

/** Returns one phase of x: every `strides`-th row and column, from `phase` on. Spatial axes only. */
export function takePhase(
  g: GraphBuilder,
  x: string,
  phase: readonly number[],
  strides: readonly number[],
  sizes: readonly number[],
): string {
  if (strides.every((stride) => stride === 1)) return x
  const axes = range(sizes.length, 2)
  return g.op('Slice', [x, g.ints(...phase), g.ints(...sizes), g.ints(...axes), g.ints(...strides)])
}

/**
 * Pads (positive) or crops (negative) the spatial axes of x at both ends.
 * @param fill the value of the padding, default 0
 */
export function resizeEnds(
  g: GraphBuilder,
  x: string,
  begin: readonly number[],
  end: readonly number[],
  sizes: readonly number[],
  fill = 0,
): string {
  if ([...begin, ...end].every((pad) => pad === 0)) return x
  if ([...begin, ...end].every((pad) => pad <= 0)) {
    const [starts, ends] = [begin.map((pad) => -pad), sizes.map((size, axis) => size + end[axis]!)]
    return g.op('Slice', [x, g.ints(...starts), g.ints(...ends), g.ints(...range(sizes.length, 2))])
  }
  const pads = [0, 0, ...begin, 0, 0, ...end]
  return g.op('Pad', [x, g.ints(...pads), g.scalar(fill)], { mode: 'constant' })
}

/**
 * Interleaves phases: the inverse of `takePhase` over all phases. Neighbours are joined by Concat, which moves memory
 * several times faster than a Transpose or DepthToSpace does here.
 * @param phases of every phase in row-major order, each of `phaseSizes` (those of phase 0, the largest)
 * @param sizes of the result
 * @param output name of the result
 */
export function interleave(
  g: GraphBuilder,
  phases: readonly string[],
  strides: readonly number[],
  phaseSizes: readonly number[],
  sizes: readonly number[],
  output: string,
): void {
  let parts = [...phases]
  const current = [...phaseSizes]
  for (let axis = strides.length - 1; axis >= 0; axis--) {
    const stride = strides[axis]!
    if (stride === 1) continue
    current[axis]! *= stride
    parts = chunks(parts, stride).map((neighbours) => {
      const columns = neighbours.map((part) => g.op('Unsqueeze', [part, g.ints(axis + 3)]))
      return g.op('Reshape', [g.op('Concat', columns, { axis: axis + 3 }), g.ints(0, 0, ...current)])
    })
  }
  const surplus = sizes.map((size, axis) => size - current[axis]!)
  const none = sizes.map(() => 0)
  g.op('Identity', [resizeEnds(g, parts[0]!, none, surplus, current)], {}, { outputs: [output] })
}

/** Divides items into runs of `size`; the last may be shorter. */
export function chunks(items: readonly string[], size: number): string[][] {
  return range(Math.ceil(items.length / size)).map((i) => items.slice(i * size, (i + 1) * size))
}

/** Returns every combination of one number below each limit, the last running fastest. */
export function combinations(limits: readonly number[]): number[][] {
  return limits.reduce<number[][]>((rows, limit) => rows.flatMap((row) => range(limit).map((i) => [...row, i])), [[]])
}
