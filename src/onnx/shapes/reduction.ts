import { readEquation } from '../graph/einsum.js'
import { type Dim, intAttribute, type Shape, stringAttribute } from '../graph/graph.js'
import { broadcast, fromFront } from './dims.js'
import { axesOf } from './manipulation.js'
import type { Known, ShapeRule } from './rule.js'

/**
 * Infers ReduceSum, ReduceMean, ...: axes as attribute or input; without axes all, or none if `noop_with_empty_axes`.
 */
export const reduce: ShapeRule = (context) => {
  const { node, type, shape } = context
  const x = shape(0)
  if (!x) return [{ type: type(0) }]
  const keep = intAttribute(node, 'keepdims', 1) === 1
  const given = axesOf(context)
  if (given === null) return [{ type: type(0), shape: keep ? x.map(() => null) : undefined }]
  const none = !given?.length
  if (none && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return [{ type: type(0), shape: x }]
  const axes = none ? x.map((_, i) => i) : given.map((axis) => fromFront(axis, x.length))
  return [{ type: type(0), shape: without(x, axes, keep) }]
}

export const argReduce: ShapeRule = ({ node, shape }) => {
  const x = shape(0)
  const axis = x && fromFront(intAttribute(node, 'axis', 0), x.length)
  const keep = intAttribute(node, 'keepdims', 1) === 1
  return [{ type: 'int64', shape: x && without(x, [axis!], keep) }]
}

const without = (x: Shape, axes: readonly number[], keep: boolean): Shape =>
  keep ? x.map((dim, i) => (axes.includes(i) ? 1 : dim)) : x.filter((_, i) => !axes.includes(i))

export const gemm: ShapeRule = ({ node, type, shape }) => {
  const [a, b] = [shape(0), shape(1)]
  if (!a || !b) return [{ type: type(0) }]
  const rows = intAttribute(node, 'transA', 0) ? a[1]! : a[0]!
  const columns = intAttribute(node, 'transB', 0) ? b[0]! : b[1]!
  return [{ type: type(0), shape: [rows, columns] }]
}

export const matMul: ShapeRule = ({ type, shape }) => [{ type: type(0), shape: productOfMatrices(shape(0), shape(1)) }]

/**
 * Infers FusedMatMul of com.microsoft: `transBatchA` moves the first axis of A behind its batch, then `transA` swaps
 * the last two.
 */
export const fusedMatMul: ShapeRule = ({ node, type, shape }) => {
  const [a, b] = ['A', 'B'].map((side, i) => {
    const x = intAttribute(node, `transBatch${side}`, 0) ? batchFirst(shape(i)) : shape(i)
    return intAttribute(node, `trans${side}`, 0) ? swapped(x) : x
  })
  return [{ type: type(0), shape: productOfMatrices(a, b) }]
}

const batchFirst = (x: Shape | undefined): Shape | undefined =>
  x && x.length > 1 ? [...x.slice(1, -1), x[0]!, x.at(-1)!] : x
const swapped = (x: Shape | undefined): Shape | undefined =>
  x && x.length > 1 ? [...x.slice(0, -2), x.at(-1)!, x.at(-2)!] : x

function productOfMatrices(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b) return undefined
  if (a.length === 0 || b.length === 0) throw new RangeError('a scalar is no matrix')
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2))!
  const rows = a.length > 1 ? [a.at(-2)!] : []
  const columns = b.length > 1 ? [b.at(-1)!] : []
  return [...batch, ...rows, ...columns]
}

/** Infers Einsum: each axis of the result has the size of those with its letter. */
export const einsum: ShapeRule = ({ node, type, shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i))
  if (shapes.some((x) => !x)) return [{ type: type(0) }]
  const known = shapes as readonly Shape[]
  const { terms, result } = readEquation(
    stringAttribute(node, 'equation', ''),
    known.map((x) => x.length),
  )
  const dims = new Map<string, Dim>()
  for (const [i, term] of terms.entries())
    for (const [axis, letter] of [...term].entries())
      dims.set(letter, broadcast([dims.get(letter) ?? 1], [known[i]![axis]!])![0]!)
  return [{ type: type(0), shape: [...result].map((letter) => dims.get(letter) ?? null) }]
}

/**
 * Infers the loss (a scalar unless reduction is none) and log-probabilities, of scores [N, classes, ...] and labels [N,
 * ...].
 */
export const crossEntropy: ShapeRule = ({ node, type, shape }) => [
  { type: type(0), shape: stringAttribute(node, 'reduction', 'mean') === 'none' ? shape(1) : [] },
  { type: type(0), shape: shape(0) },
]

export const layerNorm: ShapeRule = ({ node, type, shape }) => {
  const x = shape(0)
  const axis = x && fromFront(intAttribute(node, 'axis', -1), x.length)
  const statistics = x?.map((dim, i) => (i < axis! ? dim : 1))
  return [
    { type: type(0), shape: x },
    ...node.outputs.slice(1).map((): Known => ({ type: 'float32', shape: statistics })),
  ]
}
