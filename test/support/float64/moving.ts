import { intAttribute, intsAttribute, type Node, stringAttribute } from '../../../src/onnx/graph/graph.js'
import {
  type Array64,
  broadcastDims,
  expand,
  fromFront,
  list,
  permute,
  reduce,
  reshape,
  sizeOf,
  stridesOf,
  sum,
  view,
  zeros,
} from './Array64.js'
import type { Operator, Operators } from './operator.js'

const axisOf = (node: Node, x: Array64, fallback = 0): number =>
  fromFront(intAttribute(node, 'axis', fallback), x.dims.length)

const axesOf = (node: Node, input: Array64 | undefined): readonly number[] | undefined =>
  input ? [...input.data] : intsAttribute(node, 'axes')

const concat: Operator = (node, inputs) => {
  const parts = inputs as readonly Array64[]
  const axis = axisOf(node, parts[0]!)
  const dims = parts[0]!.dims.with(axis, sum(parts.map((part) => part.dims[axis]!)))
  const result = zeros(dims)
  const row = sizeOf(dims.slice(axis))
  let before = 0
  for (const { dims: own, data } of parts) {
    const piece = sizeOf(own.slice(axis))
    for (let i = 0; i * piece < data.length; i++)
      result.data.set(data.subarray(i * piece, (i + 1) * piece), i * row + before)
    before += piece
  }
  return result
}

const split: Operator = (node, [x, lengths]) => {
  const axis = axisOf(node, x!)
  const dim = x!.dims[axis]!
  const count = node.outputs.length
  const equal = Array.from({ length: count }, (_, i) =>
    Math.min(Math.ceil(dim / count), dim - i * Math.ceil(dim / count)),
  )
  let at = 0
  return [...(lengths?.data ?? intsAttribute(node, 'split') ?? equal)].map((length) => {
    const strides = stridesOf(x!.dims)
    const piece = view(x!, x!.dims.with(axis, length), strides, at * strides[axis]!)
    at += length
    return piece
  })
}

const slice: Operator = (_, [x, starts, ends, axes, steps]) => {
  const { dims, data } = x!
  const size = [...dims]
  const strides = stridesOf(dims)
  let start = 0
  const list = axes ? [...axes.data] : [...starts!.data.keys()]
  for (const [i, given] of list.entries()) {
    const axis = fromFront(given, dims.length)
    const [step, dim] = [steps?.data[i] ?? 1, dims[axis]!]
    const [lowest, highest] = step > 0 ? [0, dim] : [-1, dim - 1]
    const place = (at: number) => Math.min(Math.max(at < 0 ? at + dim : at, lowest), highest)
    const [from, to] = [place(starts!.data[i]!), place(ends!.data[i]!)]
    size[axis] = Math.max(0, Math.ceil((to - from) / step))
    start += from * strides[axis]!
    strides[axis]! *= step
  }
  return view({ dims, data }, size, strides, start)
}

/** Zeros or a value around x, or x itself repeated or mirrored; negative pads cut. */
const pad: Operator = (node, [x, pads, value, axes]) => {
  const rank = x!.dims.length
  const given = axes ? [...axes.data].map((axis) => fromFront(axis, rank)) : [...x!.dims.keys()]
  const mode = stringAttribute(node, 'mode', 'constant')
  return given.reduce((y, axis, i) => {
    const [begin, end] = [pads!.data[i]!, pads!.data[i + given.length]!]
    const around = mode === 'constant' ? undefined : cut(y, axis, Math.min(begin, 0), Math.min(end, 0))
    if (around) return padAxis(around, axis, Math.max(begin, 0), Math.max(end, 0), mode)
    return padAxis(y, axis, begin, end, mode, value?.data[0])
  }, x!)
}

const cut = (x: Array64, axis: number, begin: number, end: number) => padAxis(x, axis, begin, end, 'constant')

function padAxis(x: Array64, axis: number, begin: number, end: number, mode: string, value = 0): Array64 {
  const size = x.dims[axis]!
  const result = zeros(x.dims.with(axis, size + begin + end))
  const [stride, length] = [stridesOf(x.dims)[axis]!, result.dims[axis]!]
  for (let i = 0; i < result.data.length; i++) {
    let place = (Math.floor(i / stride) % length) - begin
    const line = Math.floor(i / (stride * length)) * size
    if (mode === 'edge') place = Math.max(0, Math.min(size - 1, place))
    if (mode === 'wrap') while (place < 0 || place >= size) place += place < 0 ? size : -size
    if (mode === 'reflect') while (place < 0 || place >= size) place = place < 0 ? -place : 2 * (size - 1) - place
    const isInside = place >= 0 && place < size
    result.data[i] = isInside ? x.data[(line + place) * stride + (i % stride)]! : value
  }
  return result
}

const gather: Operator = (node, [x, indices]) => {
  const axis = axisOf(node, x!)
  const [outer, dim, inner] = [x!.dims.slice(0, axis), x!.dims[axis]!, sizeOf(x!.dims.slice(axis + 1))]
  const result = zeros([...outer, ...indices!.dims, ...x!.dims.slice(axis + 1)])
  let at = 0
  for (let o = 0; o < sizeOf(outer); o++)
    for (const index of indices!.data) {
      const start = (o * dim + fromFront(index, dim)) * inner
      result.data.set(x!.data.subarray(start, start + inner), at)
      at += inner
    }
  return result
}

/** Along the axis, the element that the index says. */
const gatherElements: Operator = (node, [x, indices]) => {
  const axis = axisOf(node, x!)
  const [from, own] = [stridesOf(x!.dims), stridesOf(indices!.dims)]
  return {
    dims: indices!.dims,
    data: indices!.data.map((index, i) => {
      const places = own.map((stride, a) => (a === axis ? index : Math.floor(i / stride) % indices!.dims[a]!))
      return x!.data[sum(places.map((place, a) => place * from[a]!))]!
    }),
  }
}

/** A target shape with its one -1 filled in and its zeros copied. */
const reshaped: Operator = (_, [x, target]) => {
  const dims = [...target!.data].map((dim, axis) => (dim === 0 ? x!.dims[axis]! : dim))
  const rest = x!.data.length / sizeOf(dims.filter((dim) => dim !== -1))
  return reshape(
    x!,
    dims.map((dim) => (dim === -1 ? rest : dim)),
  )
}

const squeeze: Operator = (node, [x, axes]) => {
  const gone = axesOf(node, axes)?.map((axis) => fromFront(axis, x!.dims.length))
  return reshape(
    x!,
    x!.dims.filter((dim, axis) => (gone ? !gone.includes(axis) : dim !== 1)),
  )
}

const unsqueeze: Operator = (node, [x, axes]) => {
  const given = axesOf(node, axes)!
  const rank = x!.dims.length + given.length
  const added = given.map((axis) => fromFront(axis, rank))
  const rest = [...x!.dims]
  return reshape(
    x!,
    Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)),
  )
}

const reduction =
  (f: (line: Float64Array) => number): Operator =>
  (node, [x, input]) => {
    const axes = axesOf(node, input) ?? [...x!.dims.keys()]
    const wide = reduce(x!, axes, f)
    const gone = axes.map((axis) => fromFront(axis, x!.dims.length))
    if (intAttribute(node, 'keepdims', 1)) return wide
    return reshape(
      wide,
      x!.dims.filter((_, axis) => !gone.includes(axis)),
    )
  }

export const moving: Operators = {
  ':Concat': concat,
  ':ConstantOfShape': (node, [shape]) => {
    const value = node.attributes.value
    const fill = value?.type === 'tensor' ? Number(value.value.data[0]) : 0
    const result = zeros([...shape!.data])
    result.data.fill(fill)
    return result
  },
  ':Expand': (_, [x, shape]) => expand(x!, broadcastDims(x!.dims, [...shape!.data])),
  ':Flatten': (node, [x]) => {
    const axis = axisOf(node, x!, 1)
    return reshape(x!, [sizeOf(x!.dims.slice(0, axis)), sizeOf(x!.dims.slice(axis))])
  },
  ':Gather': gather,
  ':GatherElements': gatherElements,
  ':Pad': pad,
  ':Range': (_, [start, end, step]) => {
    const count = Math.ceil((end!.data[0]! - start!.data[0]!) / step!.data[0]!)
    return list(...Array.from({ length: count }, (_, i) => start!.data[0]! + i * step!.data[0]!))
  },
  ':ReduceL1': reduction((line) => sum(line.map(Math.abs))),
  ':ReduceL2': reduction((line) => Math.hypot(...line)),
  ':ReduceLogSumExp': reduction((line) => Math.log(sum(line.map(Math.exp)))),
  ':ReduceMax': reduction((line) => line.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)),
  ':ReduceMean': reduction((line) => sum(line) / line.length),
  ':ReduceMin': reduction((line) => line.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)),
  ':ReduceProd': reduction((line) => sizeOf([...line])),
  ':ReduceSum': reduction(sum),
  ':ReduceSumSquare': reduction((line) => sum(line.map((value) => value * value))),
  ':Reshape': reshaped,
  ':Shape': (node, [x]) =>
    list(...x!.dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', x!.dims.length))),
  ':Size': (_, [x]) => ({ dims: [], data: Float64Array.of(x!.data.length) }),
  ':Slice': slice,
  ':Split': split,
  ':Squeeze': squeeze,
  ':Transpose': (node, [x]) => permute(x!, intsAttribute(node, 'perm') ?? [...x!.dims.keys()].reverse()),
  ':Unsqueeze': unsqueeze,
}
