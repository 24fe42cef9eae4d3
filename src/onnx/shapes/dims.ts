import type { Dim, Shape } from '../graph/graph.js'

/** A number of elements: `factor` times the product of symbolic dimensions; undefined if a dimension is unknown. */
interface Count {
  readonly factor: number
  readonly symbols: readonly string[]
}

function count(shape: Shape): Count | undefined {
  let factor = 1
  const symbols: string[] = []
  for (const dim of shape) {
    if (dim === null) return undefined
    if (typeof dim === 'number') factor *= dim
    else symbols.push(dim)
  }
  return { factor, symbols }
}

/** Returns the product of dimensions, as one dimension. */
export function productOf(shape: Shape): Dim {
  const product = count(shape)
  if (!product) return null
  if (product.symbols.length === 0 || product.factor === 0) return product.factor
  return product.symbols.length === 1 && product.factor === 1 ? product.symbols[0]! : null
}

/** Returns the dimension that is missing from `rest` to hold as many elements as `whole`. */
export function quotientOf(whole: Shape, rest: Shape): Dim {
  const [all, part] = [count(whole), count(rest)]
  if (!all || !part || part.factor === 0) return null
  const symbols = [...all.symbols]
  for (const symbol of part.symbols) {
    const at = symbols.indexOf(symbol)
    if (at < 0) return null
    symbols.splice(at, 1)
  }
  const factor = all.factor / part.factor
  if (!Number.isInteger(factor)) return null
  return symbols.length === 0 ? factor : symbols.length === 1 && factor === 1 ? symbols[0]! : null
}

/**
 * Broadcasts shapes as numpy does. A known size takes precedence over a symbol, which may be 1 only if the other is
 * not.
 * @throws RangeError for incompatible sizes
 */
export function broadcast(...shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.some((shape) => shape === undefined)) return undefined
  const known = shapes as readonly Shape[]
  const rank = known.reduce((most, { length }) => Math.max(most, length), 0)
  return Array.from({ length: rank }, (_, i) => {
    const dims = known.map((shape) => (shape.length - rank + i < 0 ? 1 : shape[shape.length - rank + i]!))
    return dims.reduce<Dim>(broadcastDim, 1)
  })
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b
  if (b === 1 || a === b) return a
  if (typeof a === 'number' && typeof b === 'number') throw new RangeError(`sizes ${a} and ${b} do not broadcast`)
  if (typeof a === 'number') return a
  return typeof b === 'number' ? b : null
}

/** Unifies two statements of the same size. */
export const unify = (a: Dim, b: Dim): Dim => (typeof b === 'number' ? (typeof a === 'number' ? a : b) : (a ?? b))

/** The most axes: longer shapes count as unknown, so that a hostile model costs no time. */
export const MOST_AXES = 256

/** Returns a shape with a known rank, at most. */
export const unknownOf = (rank: Dim | undefined): Shape | undefined =>
  typeof rank === 'number' && rank <= MOST_AXES ? new Array<Dim>(rank).fill(null) : undefined

/**
 * Converts an axis to an index from the front.
 * @throws RangeError for an axis that a shape of this rank does not have
 */
export function fromFront(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new RangeError(`there is no axis ${axis} among ${rank}`)
  return axis < 0 ? axis + rank : axis
}

export const replaceAt = (shape: Shape, axis: number, dim: Dim): Shape => shape.with(fromFront(axis, shape.length), dim)
