import { borders } from './borders.js'
import { floatAttribute, intAttribute, intsAttribute, type Node, stringAttribute } from './graph.js'

/** The elements that an element of a result is a sum of, with their weights. */
export type Weights = readonly (readonly [place: number, weight: number])[]

/** An axis along which an operator computes Y = A X, by a matrix A of [to, from]. */
export interface AxisMatrix {
  readonly axis: number
  readonly from: number
  readonly to: number
  /** Returns row i of A. */
  readonly row: (i: number) => Weights
}

/** An axis before and after Resize. */
interface Axis {
  readonly from: number
  readonly to: number
  /** The scale as given: sizes are rounded. */
  readonly scale: number
}

/** A function from an element of the result to the elements that it is made of, with their weights. */
export type Interpolation = (axis: Axis, i: number) => Weights

/** Returns how Resize computes along an axis, or the name of its form if that depends on more than the axis. */
export function interpolationOf(node: Node): Interpolation | string {
  const [mode, coordinates, policy] = [
    stringAttribute(node, 'mode', 'nearest'),
    stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel'),
    stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch'),
  ]
  const at = transformations[coordinates]
  if (!at) return `the coordinates ${coordinates}`
  if (policy !== 'stretch') return `the policy ${policy}`
  const nearest = roundings[stringAttribute(node, 'nearest_mode', 'round_prefer_floor')]
  if (mode === 'nearest' && nearest) return (axis, i) => [[borders.edge(nearest(at(axis, i)), axis.from), 1]]
  if (mode !== 'linear' && mode !== 'cubic') return `the mode ${mode}`
  const kernel = mode === 'linear' ? triangle : keys(floatAttribute(node, 'cubic_coeff_a', -0.75))
  const isSmoothed = intAttribute(node, 'antialias', 0) === 1
  const leavesOut = intAttribute(node, 'exclude_outside', 0) === 1
  return (axis, i) => {
    // Of an image that is made smaller, every element counts.
    const stretch = isSmoothed ? Math.max(1, 1 / axis.scale) : 1
    return weighed(axis.from, at(axis, i), { kernel, stretch, leavesOut })
  }
}

/** Returns the matrix by which Resize multiplies along an axis. `scales` are its scales, if these are known. */
export function resizedAlong(
  node: Node,
  interpolation: Interpolation,
  { axis, rank, from, to }: { axis: number; rank: number; from: number; to: number },
  scales: readonly number[] | undefined,
): AxisMatrix {
  const axes = intsAttribute(node, 'axes')?.map((each) => (each < 0 ? each + rank : each))
  const scale = Math.fround(scales?.[axes?.indexOf(axis) ?? axis] ?? to / from)
  return { axis, from, to, row: (i) => interpolation({ from, to, scale }, i) }
}

/** The position, among the elements before, of an element of the result (ONNX, Resize). */
const transformations: Readonly<Record<string, (axis: Axis, i: number) => number>> = {
  align_corners: ({ from, to }, i) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1)),
  asymmetric: ({ scale }, i) => Math.fround(i / scale),
  half_pixel: ({ scale }, i) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: ({ from, to, scale }, i) => (from / 2) * (1 - to / (scale * from)) + (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: ({ to, scale }, i) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
}

const roundings: Readonly<Record<string, (at: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
}

/** The weight of an element by its distance; 0 from `reach` on. */
interface Kernel {
  readonly reach: number
  readonly weight: (distance: number) => number
}

const triangle: Kernel = { reach: 1, weight: (distance) => Math.max(0, 1 - distance) }

/** Cubic convolution: Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing", equation 15. */
const keys = (a: number): Kernel => ({
  reach: 2,
  weight: (d) => {
    if (d >= 2) return 0
    return d < 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  },
})

/** Elements beyond the ends are left out, or equal the outermost ones. */
function weighed(
  size: number,
  at: number,
  { kernel, stretch, leavesOut }: { kernel: Kernel; stretch: number; leavesOut: boolean },
): Weights {
  const [first, last] = [Math.ceil(at - kernel.reach * stretch), Math.floor(at + kernel.reach * stretch)]
  const places = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const taps = places
    .filter((place) => !leavesOut || place === borders.edge(place, size))
    .map((place) => [borders.edge(place, size), kernel.weight(Math.abs(place - at) / stretch)] as const)
  const total = taps.reduce((sum, [, weight]) => sum + weight, 0) || 1
  return taps.map(([place, weight]) => [place, weight / total])
}
