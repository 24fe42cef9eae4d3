import { intAttribute, intsAttribute, type Node } from '../../../onnx/graph/graph.js'
import { overhang } from '../../../onnx/graph/window.js'
import { range } from '../../portable/support/lowering.js'
import { position } from '../../portable/support/phases.js'
import type { Dims } from './dims.js'
import type { FilterLayout } from './filters.js'
import type { OfficialGraph } from './OfficialGraph.js'

/** The numbers of rows and columns of zeros: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number]

/** The window of a 2-D convolution. */
export interface Geometry {
  readonly kernel: readonly [number, number]
  readonly stride: number
  readonly pads: Pads
  /** The number of groups: 1, or that of the channels of a depthwise convolution. */
  readonly group: number
}

/** A convolution, or its gradient, whose filter is in the blocked layout. */
export interface BlockedConvolution {
  readonly filter: FilterLayout
  readonly geometry: Geometry
  /** True if it reads an image in the standard layout, with fewer channels than a block. */
  readonly isFirst: boolean
  /** True if the filter is in the standard layout itself, and is filled up to whole blocks where it is read. */
  readonly isPadded: boolean
}

/** Returns the convolution of a Conv or ConvGrad, if the blocked layout supports it. */
export function blockedConvolution(
  node: Node,
  { filters, padded, block }: OfficialGraph,
): BlockedConvolution | undefined {
  const weight = node.inputs[node.opType === 'Conv' ? 1 : 2] ?? ''
  const filter = filters.get(weight) ?? padded.get(weight)
  if (!filter) return undefined
  const [, inputs, kh, kw] = filter.dims as unknown as Dims
  const [sh, sw] = intsAttribute(node, 'strides') ?? [1, 1]
  const pads = (intsAttribute(node, 'pads') ?? [0, 0, 0, 0]) as unknown as Pads
  if (sh !== sw) return undefined
  const group = intAttribute(node, 'group', 1)
  const geometry: Geometry = { kernel: [kh, kw], stride: sh!, pads, group }
  return { filter, geometry, isFirst: group === 1 && inputs < block, isPadded: padded.has(weight) }
}

/** The input of a convolution in the form that its weight gradient reads. */
export interface CorrelatedInput {
  readonly height: number
  readonly width: number
  readonly stride: number
  /** The rows and columns of zeros that its windows reach. */
  readonly pads: Pads
  /**
   * True if only every `stride`-th pixel was read, and the others are omitted: sizes and stride are those after that.
   */
  readonly isThinned: boolean
}

/**
 * Returns the input of a convolution from `x` to `y` that is not a first one. A 1x1 convolution with stride equals one
 * without, of a thinned input. `undefined` if its windows do not reach the end of the input.
 */
export function correlatedInput(
  { kernel, stride, pads }: Omit<Geometry, 'group'>,
  x: Dims,
  y: Dims,
): CorrelatedInput | undefined {
  const [, , height, width] = x
  if (stride > 1 && isPointwise({ kernel, pads }))
    return { height: y[2], width: y[3], stride: 1, pads: [0, 0, 0, 0], isThinned: true }
  const [top, left] = pads
  const bottom = overhang(height, y[2], { extent: kernel[0], stride, padBegin: top })
  const right = overhang(width, y[3], { extent: kernel[1], stride, padBegin: left })
  if (bottom < 0 || right < 0) return undefined
  return { height, width, stride, pads: [top, left, bottom, right], isThinned: false }
}

/** Tells whether a window is a single pixel, without padding. */
export const isPointwise = ({ kernel, pads }: Pick<Geometry, 'kernel' | 'pads'>): boolean =>
  kernel[0] === 1 && kernel[1] === 1 && pads.every((pad) => pad === 0)

/** Tells whether it is a 3x3 convolution of all channels that keeps the size of its maps. */
export const isSameSize3x3 = ({ kernel, stride, pads, group }: Geometry): boolean =>
  group === 1 && stride === 1 && kernel.every((size) => size === 3) && pads.every((pad) => pad === 1)

/** Returns the window over the gradient of a result that gives the gradient of the input, at stride 1. */
export function transposedGeometry({ kernel, pads, group }: Geometry): Geometry | undefined {
  const [kh, kw] = kernel
  const ends = [kh - 1 - pads[0], kw - 1 - pads[1], kh - 1 - pads[2], kw - 1 - pads[3]] as const
  return ends.some((end) => end < 0) ? undefined : { kernel, stride: 1, pads: ends, group }
}

/** The taps of a window with stride 2, along one axis, that reach the even or the odd positions of its input. */
export interface PhaseTaps {
  /** Their places in the flipped filter. */
  readonly taps: readonly number[]
  /** The numbers of zeros before and after dY. */
  readonly pads: readonly [begin: number, end: number]
}

/**
 * Returns the taps that reach the positions 2i + `parity` of an input, as a window over dY: dX at 2i + parity is the sum
 * over the taps t that read this phase of w[t] dY[i - d], d the shift of t (see `position`). `undefined` if the window does not begin
 * at i or before it.
 */
export function phaseTaps(size: number, pad: number, parity: 0 | 1): PhaseTaps | undefined {
  const taps = range(size)
    .map((tap) => ({ tap, ...position(tap - pad, 2) }))
    .filter(({ phase }) => phase === parity)
  if (taps.length === 0) return { taps: [], pads: [0, 0] }
  const [begin, end] = [taps.at(-1)!.shift, -taps[0]!.shift]
  if (begin < 0 || end < 0) return undefined
  return { taps: taps.map(({ tap }) => size - 1 - tap).reverse(), pads: [begin, end] }
}
