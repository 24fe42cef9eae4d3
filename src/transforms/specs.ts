import { stepsOf } from './compose.js'
import { partsOf } from './parts.js'
import { type AnyTransform, isBuiltIn } from './transform.js'
import { moduleOf } from './transformModule.js'

/** The built-in transforms that leave nothing to chance. */
const deterministic = new Set([
  'centerCrop',
  'grayscale',
  'normalize',
  'pad',
  'resize',
  'toNormalizedTensor',
  'toPlanes',
  'toTensor',
])

/** Tells whether a transform always gives the same result for the same image; of a custom one that is not known. */
export const isDeterministic = (transform: AnyTransform): boolean =>
  stepsOf(transform).every((step) => isBuiltIn(step) && deterministic.has(step.name))

/** A transform as plain data that can go to another thread: a built-in one, or one of a module. */
export interface TransformSpec {
  readonly name: string
  readonly options: unknown
}

/** Returns the spec of a transform; undefined for a custom one, or one that contains it, unless it stands for a module. */
export function toSpec(transform: AnyTransform): TransformSpec | undefined {
  const { name, options } = transform
  const url = moduleOf(transform)
  if (url !== undefined) return { name: 'transformModule', options: { url } }
  const parts = partsOf(transform)?.map(toSpec)
  if (parts) return parts.includes(undefined) ? undefined : { name, options: { ...options, transforms: parts } }
  return isBuiltIn(transform) ? { name, options } : undefined
}

/**
 * Tells whether another process may make a transform from a value: it names transforms that this library has. Those of
 * modules stand for code.
 */
export const isSendable = (value: unknown): value is TransformSpec =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<TransformSpec>).name === 'string' &&
  !JSON.stringify(value).includes('"transformModule"')
