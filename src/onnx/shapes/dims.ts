import type { Dim, Shape } from '../graph.js'

/** A number of elements: `factor` times the product of symbolic dimensions; undefined where a dimension is unknown. */
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

/** The product of dimensions, as one dimension. */
export function productOf(shape: Shape): Dim {
  const product = count(shape)
  if (!product) return null
  if (product.symbols.length === 0 || product.factor === 0) return product.factor
  return product.symbols.length === 1 && product.factor === 1 ? product.symbols[0]! : null
}

/** The dimension that is missing from `rest` to hold as many elements as `whole`. */
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

/** numpy's broadcasting. A known size beats a symbol, for a symbol may be 1 only where the other is not. */
export function broadcast(...shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.some((shape) => shape === undefined)) return undefined
  const known = shapes as readonly Shape[]
  const rank = Math.max(0, ...known.map(({ length }) => length))
  return Array.from({ length: rank }, (_, i) => {
    const dims = known.map((shape) => shape[shape.length - rank + i] ?? (shape.length - rank + i < 0 ? 1 : null))
    return dims.reduce(broadcastDim)
  })
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b
  if (b === 1 || a === b) return a
  if (typeof a === 'number') return a
  return typeof b === 'number' ? b : null
}

/** An axis as a place from the front. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

export const replaceAt = (shape: Shape, axis: number, dim: Dim): Shape => shape.with(fromFront(axis, shape.length), dim)
