import { intAttribute, intsAttribute, type Node } from '../../../src/onnx/graph/graph.js'
import { type Array64, reduce, sizeOf, zeros } from './Array64.js'
import type { Operator, Operators } from './operator.js'
import { type Windows, windowsOf } from './windows.js'

/** Calls `visit` for each map with the places where it and its pooled map begin. */
function eachMap({ dims }: Array64, { out }: Windows, visit: (map: number, pooled: number) => void): void {
  const [size, pooled] = [sizeOf(dims.slice(2)), sizeOf(out)]
  for (let i = 0; i < dims[0]! * dims[1]!; i++) visit(i * size, i * pooled)
}

const windows = (node: Node, size: readonly number[]): Windows =>
  windowsOf(node, size, intsAttribute(node, 'kernel_shape')!)

/** The maxima and the places of the first ones in the whole tensor. */
export const maxPool: Operator = (node, [x]) => {
  const w = windows(node, x!.dims.slice(2))
  const y = zeros([...x!.dims.slice(0, 2), ...w.out])
  const places = zeros(y.dims)
  y.data.fill(-Infinity)
  eachMap(x!, w, (from, to) => {
    for (let i = 0; i < w.taps.length; i++) {
      const [at, source] = [to + w.outputs[i]!, from + w.inputs[i]!]
      if (x!.data[source]! <= y.data[at]!) continue
      y.data[at] = x!.data[source]!
      places.data[at] = source
    }
  })
  return [y, places]
}

/** By how much each window divides. */
const countsOf = (node: Node, { inside, padded }: Windows): Int32Array =>
  intAttribute(node, 'count_include_pad', 0) ? padded : inside

export const averagePool: Operator = (node, [x]) => {
  const w = windows(node, x!.dims.slice(2))
  const counts = countsOf(node, w)
  const y = zeros([...x!.dims.slice(0, 2), ...w.out])
  eachMap(x!, w, (from, to) => {
    for (let i = 0; i < w.taps.length; i++)
      y.data[to + w.outputs[i]!]! += x!.data[from + w.inputs[i]!]! / counts[w.outputs[i]!]!
  })
  return y
}

const spatialAxes = ({ dims }: Array64): number[] => [...dims.keys()].slice(2)

export const globalAveragePool: Operator = (_, [x]) =>
  reduce(x!, spatialAxes(x!), (line) => line.reduce((total, value) => total + value, 0) / line.length)

export const globalMaxPool: Operator = (_, [x]) => reduce(x!, spatialAxes(x!), (line) => Math.max(...line))

const maxPoolGrad: Operator = (node, [dy, places], c) => {
  const dx = zeros(c.sourceOf(node.inputs[1]!)!)
  for (const [i, value] of dy!.data.entries()) dx.data[places!.data[i]!]! += value
  return dx
}

/** The gradient knows the sizes of what was pooled as the graph declares them, symbols from the pool itself. */
const averagePoolGrad: Operator = (node, [dy], c) => {
  const declared = c.declared(node.outputs[0]!)?.with(0, dy!.dims[0]!)
  const dims = declared?.some(Number.isNaN) ? c.sourceOf(node.inputs[0]!.replace(/_grad$/, ''))! : declared!
  const w = windows(node, dims.slice(2))
  const counts = countsOf(node, w)
  const dx = zeros(dims)
  eachMap(dx, w, (from, to) => {
    for (let i = 0; i < w.taps.length; i++)
      dx.data[from + w.inputs[i]!]! += dy!.data[to + w.outputs[i]!]! / counts[w.outputs[i]!]!
  })
  return dx
}

export const pools: Operators = {
  ':AveragePool': averagePool,
  ':AveragePoolGrad': averagePoolGrad,
  ':GlobalAveragePool': globalAveragePool,
  ':GlobalMaxPool': globalMaxPool,
  ':MaxPool': maxPool,
  ':MaxPoolGrad': maxPoolGrad,
}
