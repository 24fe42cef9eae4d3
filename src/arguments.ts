import { baseError } from './errors.js'

/** A kind of argument of a public function: a test, and the words that end "<argument> must be ...". */
export interface Kind {
  readonly expected: string
  readonly is: (value: unknown) => boolean
}

/**
 * Checks an argument of a public function, before any work: `checkArgument('readModel: bytes', bytes, kinds.bytes)`.
 * Options have `checkOptions`. A value that throws while it is examined is not of the kind either.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function checkArgument(argument: string, value: unknown, { expected, is }: Kind): void {
  let cause: unknown
  try {
    if (is(value)) return
  } catch (error) {
    cause = error
  }
  throw baseError('options/invalid', { option: argument, received: value, expected }, { cause })
}

/** Checks an argument as `checkArgument` does, if it is given. */
export function checkOptional(argument: string, value: unknown, kind: Kind): void {
  if (value !== undefined) checkArgument(argument, value, kind)
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
export const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0
/** Tells whether a value is an object with fields, not one of another kind, such as a Map, a Date or bytes. */
export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && Object.prototype.toString.call(value) === '[object Object]'
/** Tells whether a value is a whole number. */
export const isWhole = (value: unknown, least = 0): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least
/** Tells whether a value is a list; a value that throws when it is asked is none. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}
export const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  // Not `every`, which passes over holes.
  Array.isArray(value) && !Array.from(value as unknown[]).some((item) => !is(item))
export const isMapOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  value instanceof Map && [...value].every(([key, item]) => typeof key === 'string' && is(item))

/** Tells whether a value is bytes. Memory that was transferred to another thread is gone: looking at it throws. */
const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && Boolean(new Uint8Array(value.buffer))
const isPlace = (value: unknown): boolean => isText(value) || value instanceof URL

/** The kinds of arguments that several functions take. */
export const kinds = {
  bytes: { expected: 'a Uint8Array', is: isBytes },
  place: { expected: 'a path or a URL', is: isPlace },
  source: { expected: 'a path, a URL or a Uint8Array', is: (value) => isPlace(value) || isBytes(value) },
  signal: { expected: 'an AbortSignal', is: (value) => value instanceof AbortSignal },
  names: { expected: 'a list of names', is: (value) => isListOf(value, (name) => typeof name === 'string') },
  flag: { expected: 'true or false', is: (value) => typeof value === 'boolean' },
  text: { expected: 'a string', is: (value) => typeof value === 'string' },
  name: { expected: 'a string that is not empty', is: isText },
  number: { expected: 'a number', is: Number.isFinite },
  count: { expected: 'a whole number from 0 up', is: (value) => isWhole(value) },
  call: { expected: 'a function', is: (value) => typeof value === 'function' },
} as const satisfies Record<string, Kind>
