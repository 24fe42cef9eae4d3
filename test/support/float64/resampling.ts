import { intAttribute, intsAttribute, type Node, stringAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, permute, reshape, sizeOf, zeros } from './Array64.js'
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

/** One axis of `outer x from x inner` elements. */
function resizeAxis(node: Node, x: Array64, axis: number, to: number, scale: number): Array64 {
  const [outer, from, inner] = [sizeOf(x.dims.slice(0, axis)), x.dims[axis]!, sizeOf(x.dims.slice(axis + 1))]
  const y = zeros(x.dims.with(axis, to))
  const clamp = (at: number) => Math.max(0, Math.min(from - 1, at))
  const isLinear = stringAttribute(node, 'mode', 'nearest') === 'linear'
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < to; i++)
      for (let k = 0; k < inner; k++) {
        const value = (at: number) => x.data[(o * from + clamp(at)) * inner + k]!
        const at = placeOf(node, i, { from, to, scale })
        const below = Math.floor(clamp(at))
        const share = clamp(at) - below
        y.data[(o * to + i) * inner + k] = isLinear
          ? (1 - share) * value(below) + share * value(below + 1)
          : value(nearest(node, at))
      }
  return y
}

const resize: Operator = (node, [x, , scales, sizes]) => {
  const axes = intsAttribute(node, 'axes') ?? [...x!.dims.keys()]
  return axes.reduce((y, axis, place) => {
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
