import type { Dim, Shape, ValueInfo } from '../graph/graph.js'
import { MOST_ELEMENTS } from './creation.js'
import { MOST_AXES } from './dims.js'
import type { Known } from './rule.js'

/**
 * What a rule says, if it can be: the elements only where they are as many as the shape says and few.
 * @throws RangeError for sizes that no tensor has: the node does not fit its inputs
 */
export function checked({ type, shape, elements }: Known): Known {
  if (shape?.some((dim) => !isDim(dim))) throw new RangeError(`its result would be ${describe(shape)}`)
  const dims = shape && shape.length <= MOST_AXES ? shape : undefined
  const follows = elements && dims && dims.length <= 1 && (dims.length === 0 ? 1 : dims[0]) === elements.length
  return {
    type,
    shape: dims,
    elements: follows && elements.length <= MOST_ELEMENTS ? elements.map(wholeOrUnknown) : undefined,
  }
}

const isDim = (dim: Dim | undefined): boolean =>
  typeof dim === 'number' ? Number.isSafeInteger(dim) && dim >= 0 : dim !== undefined

/** Arithmetic on elements may divide by zero, or leave the numbers that are exact here. */
const wholeOrUnknown = (element: Dim): Dim =>
  typeof element === 'number' && !Number.isSafeInteger(element) ? null : element

export const describe = (shape: Shape | undefined): string =>
  shape ? `[${shape.slice(0, 16).map((dim) => dim ?? '?')}${shape.length > 16 ? ',...' : ''}]` : 'unknown'

/** The rule's word first; the model's where the rule has none, axis by axis. */
export function merge(result: Known, declared: ValueInfo | undefined): Known {
  const { type = declared?.type, elements } = result
  const shape =
    result.shape && result.shape.length === declared?.shape?.length
      ? result.shape.map((dim, i) => dim ?? declared.shape![i]!)
      : (result.shape ?? declared?.shape)
  return { type, shape, elements }
}

/** A value as the model declares it, the very object, unless inference knows more. */
export function better(name: string, declared: ValueInfo | undefined, { type, shape }: Known): ValueInfo {
  if (declared && declared.type === type && sameShape(declared.shape, shape)) return declared
  return { name, ...(type && { type }), ...(shape && { shape }) }
}

function sameShape(a: Shape | undefined, b: Shape | undefined): boolean {
  if (!a || !b) return a === b
  return a.length === b.length && a.every((dim, i) => dim === b[i])
}

/** What the model says of an input. */
export const given = ({ type, shape }: ValueInfo): Known => ({
  type,
  shape: shape && shape.length <= MOST_AXES ? shape : undefined,
})
