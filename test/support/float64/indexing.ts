import { intAttribute, intsAttribute, type Node, stringAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, fromFront, sizeOf, stridesOf, sum, zeros } from './Array64.js'
import type { Operator, Operators } from './operator.js'

/** The place of element i of `dims` along each axis. */
const placesOf = (i: number, dims: readonly number[]): number[] =>
  stridesOf(dims).map((stride, axis) => Math.floor(i / stride) % dims[axis]!)

const offsetOf = (places: readonly number[], dims: readonly number[]): number =>
  sum(stridesOf(dims).map((stride, axis) => stride * places[axis]!))

/** Calls `visit` for each line along an axis, with the places of its elements. */
function eachLine({ dims }: Array64, axis: number, visit: (places: readonly number[]) => void): void {
  const [length, inner] = [dims[axis]!, sizeOf(dims.slice(axis + 1))]
  for (let start = 0; start < sizeOf(dims); start++)
    if (Math.floor(start / inner) % length === 0) visit(Array.from({ length }, (_, i) => start + i * inner))
}

const cumSum: Operator = (node, [x, axis]) => {
  const y = zeros(x!.dims)
  const [skips, isBackwards] = [intAttribute(node, 'exclusive', 0) === 1, intAttribute(node, 'reverse', 0) === 1]
  eachLine(x!, fromFront(axis!.data[0]!, x!.dims.length), (line) => {
    const ordered = isBackwards ? line.toReversed() : line
    for (const [i, place] of ordered.entries())
      y.data[place] = sum(ordered.slice(0, skips ? i : i + 1).map((each) => x!.data[each]!))
  })
  return y
}

const trilu: Operator = (node, [x, k]) => {
  const [distance, isUpper] = [k?.data[0] ?? 0, intAttribute(node, 'upper', 1) === 1]
  const data = x!.data.map((value, i) => {
    const [row, column] = placesOf(i, x!.dims).slice(-2) as [number, number]
    const isKept = isUpper ? column - row >= distance : column - row <= distance
    return isKept ? value : 0
  })
  return { dims: x!.dims, data }
}

const topK: Operator = (node, [x, k]) => {
  const axis = fromFront(intAttribute(node, 'axis', -1), x!.dims.length)
  const [values, indices] = [0, 1].map(() => zeros(x!.dims.with(axis, k!.data[0]!))) as [Array64, Array64]
  const sign = intAttribute(node, 'largest', 1) ? 1 : -1
  const chosen: number[][] = []
  eachLine(x!, axis, (line) => {
    const order = [...line.keys()].sort((a, b) => sign * (x!.data[line[b]!]! - x!.data[line[a]!]!))
    chosen.push(order.map((i) => line[i]!))
  })
  eachLine(values, axis, (line) => {
    const places = chosen.shift()!
    for (const [i, place] of line.entries()) {
      values.data[place] = x!.data[places[i]!]!
      indices.data[place] = placesOf(places[i]!, x!.dims)[axis]!
    }
  })
  return [values, indices]
}

/** The start of the slice that each index names, and the length of such a slice. */
function slicesOf(x: Array64, indices: Array64, batch = 0): { starts: number[]; length: number } {
  const width = indices.dims.at(-1)!
  const count = indices.data.length / width
  const images = sizeOf(x.dims.slice(0, batch))
  const starts = Array.from({ length: count }, (_, i) => {
    const image = Math.floor(i / (count / images))
    const named = [...indices.data.subarray(i * width, (i + 1) * width)]
    const places = [...placesOf(image, x.dims.slice(0, batch)), ...named]
    const signed = places.map((place, axis) => fromFront(place, x.dims[axis]!))
    return offsetOf([...signed, ...x.dims.slice(places.length).map(() => 0)], x.dims)
  })
  return { starts, length: sizeOf(x.dims.slice(batch + width)) }
}

const gatherND: Operator = (node, [x, indices]) => {
  const batch = intAttribute(node, 'batch_dims', 0)
  const { starts, length } = slicesOf(x!, indices!, batch)
  const y = zeros([...indices!.dims.slice(0, -1), ...x!.dims.slice(batch + indices!.dims.at(-1)!)])
  for (const [i, start] of starts.entries()) y.data.set(x!.data.subarray(start, start + length), i * length)
  return y
}

/** Writes an update at a place, or adds it to what is there. */
function write(node: Node, y: Array64, place: number, update: number): void {
  y.data[place] = stringAttribute(node, 'reduction', 'none') === 'add' ? y.data[place]! + update : update
}

const scatterND: Operator = (node, [x, indices, updates]) => {
  const y = { dims: x!.dims, data: x!.data.slice() }
  const { starts, length } = slicesOf(x!, indices!)
  for (const [i, start] of starts.entries())
    for (let k = 0; k < length; k++) write(node, y, start + k, updates!.data[i * length + k]!)
  return y
}

const scatterElements: Operator = (node, [x, indices, updates]) => {
  const y = { dims: x!.dims, data: x!.data.slice() }
  const axis = fromFront(intAttribute(node, 'axis', 0), x!.dims.length)
  for (const [i, index] of indices!.data.entries()) {
    const places = placesOf(i, indices!.dims).with(axis, fromFront(index, x!.dims[axis]!))
    write(node, y, offsetOf(places, x!.dims), updates!.data[i]!)
  }
  return y
}

/** Windows [N, channels * size, count] added up to images. */
const col2im: Operator = (node, [x, image, block]) => {
  const [height, width] = image!.data as unknown as [number, number]
  const [rows, columns] = block!.data as unknown as [number, number]
  const at = (name: string, i: number, fallback: number) => intsAttribute(node, name)?.[i] ?? fallback
  const [n, deep, count] = x!.dims as [number, number, number]
  const channels = deep / (rows * columns)
  const y = zeros([n, channels, height, width])
  const reach = at('dilations', 1, 1) * (columns - 1) + 1
  const across = Math.floor((width + at('pads', 1, 0) + at('pads', 3, 0) - reach) / at('strides', 1, 1)) + 1
  for (const [i, value] of x!.data.entries()) {
    const [sample, channel, window] = placesOf(i, [n, deep, count]) as [number, number, number]
    const [row, column] = [Math.floor(channel / columns) % rows, channel % columns]
    const [down, right] = [Math.floor(window / across), window % across]
    const top = down * at('strides', 0, 1) + row * at('dilations', 0, 1) - at('pads', 0, 0)
    const left = right * at('strides', 1, 1) + column * at('dilations', 1, 1) - at('pads', 1, 0)
    if (top < 0 || top >= height || left < 0 || left >= width) continue
    y.data[offsetOf([sample, Math.floor(channel / (rows * columns)), top, left], y.dims)]! += value
  }
  return y
}

export const indexing: Operators = {
  ':Col2Im': col2im,
  ':CumSum': cumSum,
  ':GatherND': gatherND,
  ':ScatterElements': scatterElements,
  ':ScatterND': scatterND,
  ':TopK': topK,
  ':Trilu': trilu,
}
