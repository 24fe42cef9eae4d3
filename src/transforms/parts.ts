import { type AnyTransform, builtIn, isBuiltIn } from './transform.js'

interface Whole {
  readonly parts: readonly AnyTransform[]
  readonly withParts: (parts: readonly AnyTransform[]) => AnyTransform
}
const wholes = new WeakMap<AnyTransform, Whole>()

/**
 * Marks a transform that is made of others. It is a built-in one if all of them are.
 * @param withParts makes it again of others in their places
 */
export function madeOf<T extends AnyTransform>(
  parts: readonly AnyTransform[],
  withParts: (parts: readonly AnyTransform[]) => AnyTransform,
  transform: T,
): T {
  wholes.set(transform, { parts, withParts })
  return parts.every(isBuiltInThroughout) ? builtIn(transform) : transform
}

/** Returns the transforms that one is made of, if it is. */
export const partsOf = (transform: AnyTransform): readonly AnyTransform[] | undefined => wholes.get(transform)?.parts

const isBuiltInThroughout = (transform: AnyTransform): boolean =>
  partsOf(transform)?.every(isBuiltInThroughout) ?? isBuiltIn(transform)

/** Returns a transform with `replaced` in the place of each that is not made of others. */
export async function replaceParts(
  transform: AnyTransform,
  replaced: (part: AnyTransform) => Promise<AnyTransform>,
): Promise<AnyTransform> {
  const whole = wholes.get(transform)
  if (!whole) return replaced(transform)
  return whole.withParts(await Promise.all(whole.parts.map((part) => replaceParts(part, replaced))))
}

/** A transform as plain data: its name and options. The option `transforms` has those that it is made of. */
export interface TransformSummary {
  readonly name: string
  readonly options?: Readonly<Record<string, unknown>>
}

export function summaryOf(transform: AnyTransform): TransformSummary {
  const { name, options } = transform
  const parts = partsOf(transform)
  const all = parts ? { transforms: parts.map(summaryOf), ...options } : options
  return { name, ...(all && { options: all }) }
}
