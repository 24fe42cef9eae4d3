import { intAttribute, intsAttribute, stringAttribute } from '../../onnx/graph/graph.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { constantOf } from './constants.js'
import type { GradientContext } from './rule.js'
import { unsupported } from './unsupported.js'

/** An axis before and after Resize. */
interface Axis {
  readonly from: number
  readonly to: number
  /** The scale as given: sizes are rounded. */
  readonly scale: number
}

/** Adds the matrix [to, from] by which Resize computes an axis. */
export function matrixOf(c: GradientContext, axis: number): string {
  const kind = interpolationOf(c)
  const sizes = axisOf(c, axis)
  const matrix = new Float32Array(sizes.to * sizes.from)
  for (let i = 0; i < sizes.to; i++)
    for (const [place, weight] of kind(sizes, i)) matrix[i * sizes.from + place]! += weight
  return c.g.constant(float32(matrix, [sizes.to, sizes.from]))
}

function axisOf(c: GradientContext, axis: number): Axis {
  const [x, , scales] = c.node.inputs
  const [from, to] = [x!, c.node.outputs[0]!].map((value) => c.staticShape(value, axis)[0]!) as [number, number]
  if (!scales) return { from, to, scale: Math.fround(to / from) }
  const place = intsAttribute(c.node, 'axes')?.indexOf(axis) ?? axis
  const scale = constantOf(c, scales)?.[place] ?? to / from
  return { from, to, scale: Math.fround(scale) }
}

/** A function from an element of the result to the elements that it is made of, with their weights. */
type Interpolation = (axis: Axis, i: number) => readonly (readonly [place: number, weight: number])[]

function interpolationOf(c: GradientContext): Interpolation {
  const [mode, coordinates] = [
    stringAttribute(c.node, 'mode', 'nearest'),
    stringAttribute(c.node, 'coordinate_transformation_mode', 'half_pixel'),
  ]
  const at = transformations[coordinates]
  if (!at) throw unsupported(c, `the coordinates ${coordinates}`)
  if (intAttribute(c.node, 'antialias', 0) === 1) throw unsupported(c, 'antialias')
  if (mode === 'linear') return (axis, i) => neighbours(at(axis, i), axis.from)
  const nearest = roundings[stringAttribute(c.node, 'nearest_mode', 'round_prefer_floor')]
  if (mode !== 'nearest' || !nearest) throw unsupported(c, `the mode ${mode}`)
  return (axis, i) => [[within(nearest(at(axis, i)), axis.from), 1]]
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

const within = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1)

function neighbours(at: number, size: number): readonly (readonly [number, number])[] {
  const place = within(at, size)
  const before = Math.floor(place)
  const weight = place - before
  return weight === 0
    ? [[before, 1]]
    : [
        [before, 1 - weight],
        [before + 1, weight],
      ]
}
