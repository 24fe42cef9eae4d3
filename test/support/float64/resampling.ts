import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from '../../../src/onnx/graph/graph.js'
import { type Array64, fromFront, permute, reshape, sizeOf, zeros } from './Array64.js'
import type { Operator, Operators } from './operator.js'

/** The place among `from` elements at which element i of `to` is read. */
function placeOf(node: Node, i: number, { from, to, scale }: { from: number; to: number; scale: number }): number {
  switch (stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')) {
    case 'align_corners':
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1)
    case 'asymmetric':
      return i / scale
    case 'pytorch_half_pixel':
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0
    default:
      return (i + 0.5) / scale - 0.5
  }
}

function nearest(node: Node, at: number): number {
  const mode = stringAttribute(node, 'nearest_mode', 'round_prefer_floor')
  if (mode === 'floor') return Math.floor(at)
  if (mode === 'ceil') return Math.ceil(at)
  return mode === 'round_prefer_ceil' ? Math.round(at) : -Math.round(-at)
}

/** The weight of a neighbour, by the distance: straight lines, or the cubic of ONNX (its "cubic_coeff_a" is A). */
function closeness(node: Node, distance: number): number {
  const d = Math.abs(distance)
  if (stringAttribute(node, 'mode', 'nearest') === 'linear') return d < 1 ? 1 - d : 0
  const A = floatAttribute(node, 'cubic_coeff_a', -0.75)
  if (d < 1) return (A + 2) * d ** 3 - (A + 3) * d ** 2 + 1
  return d < 2 ? A * d ** 3 - 5 * A * d ** 2 + 8 * A * d - 4 * A : 0
}

/** A line of `from` elements at `at`, by all its neighbours, of which those outside are skipped or the outermost. */
function interpolated(node: Node, line: readonly number[], at: number, scale: number): number {
  const spread = intAttribute(node, 'antialias', 0) && scale < 1 ? 1 / scale : 1
  const skips = intAttribute(node, 'exclude_outside', 0) === 1
  let [value, total] = [0, 0]
  for (let place = -2 * line.length - 4; place < 3 * line.length + 4; place++) {
    const nearest = Math.max(0, Math.min(line.length - 1, place))
    if (skips && nearest !== place) continue
    const weight = closeness(node, (place - at) / spread)
    value += weight * line[nearest]!
    total += weight
  }
  return value / total
}

/** One axis of `outer x from x inner` elements. */
function resizeAxis(node: Node, x: Array64, axis: number, to: number, scale: number): Array64 {
  const [outer, from, inner] = [sizeOf(x.dims.slice(0, axis)), x.dims[axis]!, sizeOf(x.dims.slice(axis + 1))]
  const y = zeros(x.dims.with(axis, to))
  const isNearest = stringAttribute(node, 'mode', 'nearest') === 'nearest'
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < inner; k++) {
      const line = Array.from({ length: from }, (_, i) => x.data[(o * from + i) * inner + k]!)
      for (let i = 0; i < to; i++) {
        const at = placeOf(node, i, { from, to, scale })
        const chosen = Math.max(0, Math.min(from - 1, nearest(node, at)))
        y.data[(o * to + i) * inner + k] = isNearest ? line[chosen]! : interpolated(node, line, at, scale)
      }
    }
  return y
}

const resize: Operator = (node, [x, , scales, sizes]) => {
  const axes = intsAttribute(node, 'axes') ?? [...x!.dims.keys()]
  return axes.reduce((y, given, place) => {
    const axis = fromFront(given, y.dims.length)
    const from = y.dims[axis]!
    const scale = scales?.data.length ? scales.data[place]! : sizes!.data[place]! / from
    const to = scales?.data.length ? Math.floor(from * scale) : sizes!.data[place]!
    return scale === 1 ? y : resizeAxis(node, y, axis, to, scale)
  }, x!)
}

const depthToSpace: Operator = (node, [x]) => {
  const block = intAttribute(node, 'blocksize', 1)
  const [n, c, h, w] = x!.dims as [number, number, number, number]
  const deep = c / block ** 2
  const isDcr = stringAttribute(node, 'mode', 'DCR') === 'DCR'
  const split = isDcr ? [n, block, block, deep, h, w] : [n, deep, block, block, h, w]
  return reshape(permute(reshape(x!, split), isDcr ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]), [
    n,
    deep,
    h * block,
    w * block,
  ])
}

const spaceToDepth: Operator = (node, [x]) => {
  const block = intAttribute(node, 'blocksize', 1)
  const [n, c, h, w] = x!.dims as [number, number, number, number]
  const split = [n, c, h / block, block, w / block, block]
  return reshape(permute(reshape(x!, split), [0, 3, 5, 1, 2, 4]), [n, c * block ** 2, h / block, w / block])
}

const tile: Operator = (_, [x, repeats]) => {
  const dims = x!.dims.map((dim, axis) => dim * repeats!.data[axis]!)
  const y = zeros(dims)
  for (let i = 0; i < y.data.length; i++) {
    let [rest, at, stride] = [i, 0, 1]
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += ((rest % dims[axis]!) % x!.dims[axis]!) * stride
      stride *= x!.dims[axis]!
      rest = Math.floor(rest / dims[axis]!)
    }
    y.data[i] = x!.data[at]!
  }
  return y
}

export const resampling: Operators = {
  ':DepthToSpace': depthToSpace,
  ':Resize': resize,
  ':SpaceToDepth': spaceToDepth,
  ':Tile': tile,
}
