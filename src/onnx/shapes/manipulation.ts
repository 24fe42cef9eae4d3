import { type Dim, intAttribute, intsAttribute, type Shape } from '../graph/graph.js'
import { broadcast, fromFront, productOf, quotientOf, replaceAt, unify, unknownOf } from './dims.js'
import type { Known, RuleContext, ShapeRule } from './rule.js'

export const flatten: ShapeRule = ({ node, type, shape }) => {
  const x = shape(0)
  if (!x) return [{ type: type(0) }]
  const given = intAttribute(node, 'axis', 1)
  const axis = given === x.length ? given : fromFront(given, x.length)
  return [{ type: type(0), shape: [productOf(x.slice(0, axis)), productOf(x.slice(axis))] }]
}

/** Infers Reshape: 0 keeps the dimension at that index, -1 takes the rest. */
export const reshape: ShapeRule = ({ node, type, shape, elements }) => {
  const [x, target] = [shape(0), elements(1)]
  if (!target) return [{ type: type(0), shape: unknownOf(shape(1)?.[0]) }]
  const keepsZero = intAttribute(node, 'allowzero', 0) === 1
  const dims = target.map((dim, i): Dim => (dim === 0 && !keepsZero ? (x?.[i] ?? null) : dim))
  const free = dims.indexOf(-1)
  const result = free < 0 ? dims : dims.with(free, x ? quotientOf(x, dims.toSpliced(free, 1)) : null)
  return [{ type: type(0), shape: result, elements: elements(0) }]
}

/**
 * Returns the axes from an attribute (old) or from input 1 (new): undefined if none are given, null if they are
 * unknown.
 */
export function axesOf({ node, numbers, has }: RuleContext): readonly number[] | null | undefined {
  const attribute = intsAttribute(node, 'axes')
  return attribute ?? (has(1) ? (numbers(1) ?? null) : undefined)
}

export const squeeze: ShapeRule = (context) => {
  const { type, shape, elements } = context
  const [x, given] = [shape(0), axesOf(context)]
  // Without axes every 1 is removed; if a size is unknown, so is the rank.
  if (!x || given === null || (!given && x.some((dim) => typeof dim !== 'number'))) return [{ type: type(0) }]
  const axes = new Set(given?.map((axis) => fromFront(axis, x.length)))
  const long = given && x.find((dim, i) => axes.has(i) && typeof dim === 'number' && dim !== 1)
  if (long !== undefined) throw new RangeError(`an axis of size ${long} cannot be squeezed`)
  const kept = x.filter((dim, i) => (given ? !axes.has(i) : dim !== 1))
  return [{ type: type(0), shape: kept, elements: elements(0) }]
}

export const unsqueeze: ShapeRule = (context) => {
  const { type, shape, elements } = context
  const [x, axes] = [shape(0), axesOf(context)]
  if (!x || !axes) return [{ type: type(0) }]
  const rank = x.length + axes.length
  const places = new Set(axes.map((axis) => fromFront(axis, rank)))
  if (places.size !== axes.length) throw new RangeError(`axes ${axes} name one place twice`)
  const rest = [...x]
  const dims = Array.from({ length: rank }, (_, i): Dim => (places.has(i) ? 1 : rest.shift()!))
  return [{ type: type(0), shape: dims, elements: elements(0) }]
}

export const transpose: ShapeRule = ({ node, type, shape }) => {
  const x = shape(0)
  const perm = intsAttribute(node, 'perm') ?? x?.map((_, i) => x.length - 1 - i)
  return [{ type: type(0), shape: x && perm?.map((axis) => x[axis]!) }]
}

export const concat: ShapeRule = ({ node, type, shape, elements }) => {
  const shapes = node.inputs.map((_, i) => shape(i))
  const lists = node.inputs.map((_, i) => elements(i))
  const all = lists.every((list) => list !== undefined) ? lists.flat() : undefined
  const [first] = shapes
  if (!first || shapes.some((other) => !other)) return [{ type: type(0), elements: all }]
  const axis = fromFront(intAttribute(node, 'axis', 0), first.length)
  const sizes = (shapes as Shape[]).map((other) => other[axis] ?? null)
  const total = sizes.every((size) => typeof size === 'number') ? sizes.reduce((a, b) => a + b, 0) : null
  const joined = (shapes as Shape[]).reduce((one, other) => {
    if (one.length !== other.length) throw new RangeError(`ranks ${one.length} and ${other.length} do not join`)
    return one.map((dim, i) => unify(dim, other[i]!))
  })
  return [{ type: type(0), shape: replaceAt(joined, axis, sizes.length === 1 ? sizes[0]! : total), elements: all }]
}

/** Infers ConcatTraining of ONNX Runtime: Concat, and the length of each input, by which SplitTraining undoes it. */
export const concatTraining: ShapeRule = (context) => {
  const { node, shape } = context
  const lengths = node.inputs.map((_, i): Dim => {
    const x = shape(i)
    return x ? x[fromFront(intAttribute(node, 'axis', 0), x.length)]! : null
  })
  return [...concat(context), { type: 'int64', shape: [lengths.length], elements: lengths }]
}

export const split: ShapeRule = ({ node, type, shape, elements, has }) => {
  const x = shape(0)
  const parts = node.outputs.length
  if (!x) return node.outputs.map(() => ({ type: type(0) }))
  const axis = fromFront(intAttribute(node, 'axis', 0), x.length)
  const size = x[axis]
  const sizes = intsAttribute(node, 'split') ?? (has(1) ? elements(1) : undefined)
  const chunk = typeof size === 'number' ? Math.ceil(size / parts) : null
  return node.outputs.map((_, i): Known => {
    const known = chunk !== null && typeof size === 'number'
    const even = known ? Math.min(chunk, size - i * chunk) : parts === 1 ? size! : null
    return { type: type(0), shape: replaceAt(x, axis, sizes ? sizes[i]! : has(1) ? null : even) }
  })
}

export const slice: ShapeRule = ({ node, type, shape, elements, numbers, has }) => {
  const x = shape(0)
  if (!x) return [{ type: type(0) }]
  const starts = intsAttribute(node, 'starts') ?? numbers(1)
  const ends = intsAttribute(node, 'ends') ?? numbers(2)
  const axes = intsAttribute(node, 'axes') ?? (has(3) ? numbers(3) : starts?.map((_, i) => i))
  const steps = has(4) ? numbers(4) : starts?.map(() => 1)
  if (!starts || !ends || !axes || !steps) return [{ type: type(0), shape: x.map(() => null) }]
  let dims: Shape = x
  for (const [i, axis] of axes.entries())
    dims = replaceAt(dims, axis, sliceLength(x[fromFront(axis, x.length)]!, starts[i]!, ends[i]!, steps[i]!))
  const list = elements(0)
  const part = list && steps[0] === 1 && axes.length === 1 ? list.slice(starts[0], ends[0]) : undefined
  return [{ type: type(0), shape: dims, elements: part }]
}

function sliceLength(size: Dim, start: number, end: number, step: number): Dim {
  if (start === 0 && step === 1 && end >= Number.MAX_SAFE_INTEGER) return size
  if (typeof size !== 'number') return null
  const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
  const [from, to] =
    step > 0
      ? [clamp(start, 0, size), clamp(end, 0, size)]
      : [clamp(start, 0, size - 1), end < -size ? -1 : clamp(end, -1, size - 1)]
  return Math.max(0, Math.ceil((to - from) / step))
}

export const gather: ShapeRule = ({ node, type, shape, elements, numbers }) => {
  const [x, indices] = [shape(0), shape(1)]
  if (!x || !indices) return [{ type: type(0) }]
  const axis = fromFront(intAttribute(node, 'axis', 0), x.length)
  const [list, places] = [elements(0), numbers(1)]
  const picked = list && places?.map((place) => list.at(place) ?? null)
  return [{ type: type(0), shape: [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)], elements: picked }]
}

/** Infers GatherND: an index of k numbers chooses a slice, without the first k axes behind those of the batch. */
export const gatherND: ShapeRule = ({ node, type, shape }) => {
  const [x, indices] = [shape(0), shape(1)]
  const length = indices?.at(-1)
  if (!x || !indices || typeof length !== 'number') return [{ type: type(0) }]
  const batch = intAttribute(node, 'batch_dims', 0)
  return [{ type: type(0), shape: [...indices.slice(0, -1), ...x.slice(batch + length)] }]
}

/** Infers TopK: the K largest elements along an axis, and their places. */
export const topK: ShapeRule = ({ node, type, shape, numbers }) => {
  const x = shape(0)
  const whole = x && replaceAt(x, intAttribute(node, 'axis', -1), numbers(1)?.[0] ?? null)
  return [
    { type: type(0), shape: whole },
    { type: 'int64', shape: whole },
  ]
}

export const gatherElements: ShapeRule = ({ type, shape }) => [{ type: type(0), shape: shape(1) }]

export const expand: ShapeRule = ({ type, shape, elements }) => {
  const [x, target] = [shape(0), elements(1) ?? unknownOf(shape(1)?.[0])]
  return [{ type: type(0), shape: broadcast(x, target) }]
}

/** Infers Tile: each size times its repetitions. */
export const tile: ShapeRule = ({ type, shape, elements }) => {
  const [x, repeats] = [shape(0), elements(1)]
  if (!x || !repeats) return [{ type: type(0), shape: x?.map(() => null) }]
  return [{ type: type(0), shape: x.map((dim, axis) => productOf([dim, repeats[axis]!])) }]
}

export const pad: ShapeRule = ({ node, type, shape, numbers, has }) => {
  const x = shape(0)
  const pads = intsAttribute(node, 'pads') ?? numbers(1)
  if (!x || !pads) return [{ type: type(0), shape: x?.map(() => null) }]
  const axes = has(3) ? numbers(3) : x.map((_, i) => i)
  if (!axes) return [{ type: type(0), shape: x.map(() => null) }]
  let dims: Shape = x
  for (const [i, axis] of axes.entries()) {
    const [size, extra] = [x[fromFront(axis, x.length)]!, pads[i]! + pads[i + axes.length]!]
    dims = replaceAt(dims, axis, typeof size === 'number' ? size + extra : extra === 0 ? size : null)
  }
  return [{ type: type(0), shape: dims }]
}

export const shapeOf: ShapeRule = ({ node, shape }) => {
  const x = shape(0)
  const part = x?.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', x.length))
  return [{ type: 'int64', shape: [part?.length ?? null], elements: part }]
}

export const size: ShapeRule = ({ shape }) => {
  const x = shape(0)
  return [{ type: 'int64', shape: [], elements: x && [productOf(x)] }]
}
