import * as z from 'zod'
import { isObject, isPlain, kinds } from './arguments.js'
import { baseError } from './errors.js'

/**
 * Checks the options of a public function and fills in the defaults, before any work starts. The first problem becomes
 * an 'options/invalid' error that names the option (`loadBackbone: imageSize`).
 */
export function checkOptions<S extends z.ZodType>(schema: S, options: unknown, of: string): z.output<S> {
  const { data, issue } = parse(schema, options, of)
  if (!issue) return data
  const path = issue.path.length > 0 || of.includes(':') ? issue.path.map(String).join('.') : wholeOf(schema)
  const option = [of, path].filter(Boolean).join(': ')
  throw baseError('options/invalid', { option, received: at(options, issue.path), expected: expected(issue) })
}

interface Parsed<T> {
  readonly data: T
  readonly issue?: z.core.$ZodIssue
}

function parse<S extends z.ZodType>(schema: S, options: unknown, of: string): Parsed<z.output<S>> {
  try {
    const other = otherObject(schema, options)
    if (other) return { data: undefined as never, issue: other }
    const { data, error } = schema.safeParse(options)
    return { data: data as z.output<S>, ...(error && { issue: error.issues[0]! }) }
  } catch (cause) {
    // A value that throws while it is examined, such as a proxy.
    const option = [of, unreadable(options) ?? 'options'].join(': ')
    const facts = { option, received: options, expected: 'a plain object or value that can be read' }
    throw baseError('options/invalid', facts, { cause })
  }
}

/** Returns the name of the whole value: `options`, if the schema is that of options. */
const wholeOf = (schema: z.ZodType): string => (objectIn(schema) ? 'options' : '')

/** Returns the object schema inside a schema, which may be optional or one form of several. */
const objectIn = (schema: z.core.$ZodType): z.ZodObject | undefined =>
  formsOf(schema).find((form) => form instanceof z.ZodObject)

function formsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(formsOf)
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? formsOf(schema.def.innerType) : [schema]
}

/** Finds a Map, a Date or bytes in place of options: zod takes them for an object without any. */
function otherObject(schema: z.core.$ZodType, value: unknown, path: string[] = []): z.core.$ZodIssue | undefined {
  const object = objectIn(schema)
  if (!object || !isObject(value) || Array.isArray(value)) return undefined
  if (!isPlain(value))
    return isOtherwiseTaken(schema, value)
      ? undefined
      : { code: 'invalid_type', expected: 'object', input: value, path, message: '' }
  for (const [name, inner] of Object.entries(object.shape)) {
    const found = otherObject(inner, value[name], [...path, name])
    if (found) return found
  }
  return undefined
}

/** Tells whether another form that a schema allows accepts the value. */
const isOtherwiseTaken = (schema: z.core.$ZodType, value: unknown): boolean =>
  formsOf(schema).some((form) => !(form instanceof z.ZodObject) && z.safeParse(form, value).success)

/** Finds the option that throws when it is read. */
function unreadable(options: unknown): string | undefined {
  const throws = (look: () => unknown): boolean => {
    try {
      look()
      return false
    } catch {
      return true
    }
  }
  if (throws(() => Object.entries(options as object))) return undefined
  return Object.entries(options as object).find(([, value]) =>
    throws(() => isPlain(value) || Array.isArray(value)),
  )?.[0]
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

/** Returns the allowed values, as the end of the sentence "<option> must be ...". A schema's own message states it. */
function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `without unknown options (${issue.keys.join(', ')})`
  if (issue.code === 'invalid_type') return `of type ${issue.expected}`
  if (issue.code === 'too_small')
    return `${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}${unit(issue.origin)}`
  if (issue.code === 'too_big') return `${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}${unit(issue.origin)}`
  return issue.message.replace(/^Invalid (input|option): expected /, '')
}

function unit(origin: string): string {
  return origin === 'array' ? ' items long' : origin === 'string' ? ' characters long' : ''
}

/** Returns the schema of an option that is a user's function. */
export const functionSchema = <F>() => z.custom<F>(kinds.call.is, kinds.call.expected)

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Returns the options that are given: one that is `undefined` is not, and does not override a default. */
export function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
