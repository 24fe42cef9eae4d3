import type { Dim, Shape, ValueInfo } from '../graph/graph.js'
import { MOST_ELEMENTS } from './creation.js'
import { MOST_AXES } from './dims.js'
import type { Known } from './rule.js'

/**
 * Checks the result of a rule: the elements are kept only if their number agrees with the shape and is small.
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

/** Returns exact elements, or unknown ones: arithmetic may divide by zero, or exceed the safe integers. */
const wholeOrUnknown = (element: Dim): Dim =>
  typeof element === 'number' && !Number.isSafeInteger(element) ? null : element

export const describe = (shape: Shape | undefined): string =>
  shape ? `[${shape.slice(0, 16).map((dim) => dim ?? '?')}${shape.length > 16 ? ',...' : ''}]` : 'unknown'

/** Merges the rule's result with the model's statement, axis by axis; the rule takes precedence. */
export function merge(result: Known, declared: ValueInfo | undefined): Known {
  const { type = declared?.type, elements } = result
  const shape =
    result.shape && result.shape.length === declared?.shape?.length
      ? result.shape.map((dim, i) => dim ?? declared.shape![i]!)
      : (result.shape ?? declared?.shape)
  return { type, shape, elements }
}

/** Returns the model's declaration of a value, the very object, unless inference knows more. */
export function better(name: string, declared: ValueInfo | undefined, { type, shape }: Known): ValueInfo {
  if (declared && declared.type === type && sameShape(declared.shape, shape)) return declared
  return { name, ...(type && { type }), ...(shape && { shape }) }
}

function sameShape(a: Shape | undefined, b: Shape | undefined): boolean {
  if (!a || !b) return a === b
  return a.length === b.length && a.every((dim, i) => dim === b[i])
}

/** Returns the model's declaration of an input. */
export const given = ({ type, shape }: ValueInfo): Known => ({
  type,
  shape: shape && shape.length <= MOST_AXES ? shape : undefined,
})
