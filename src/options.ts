import type { z } from 'zod'
import { FineTuneError } from './errors.js'

/**
 * The options of a public function, checked and with defaults filled in, before any work starts.
 * The first thing wrong becomes an 'options/invalid' error that names the option (`loadBackbone: imageSize`).
 */
export function checkOptions<S extends z.ZodType>(schema: S, options: unknown, of: string): z.output<S> {
  const result = schema.safeParse(options)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const option = [of, issue.path.join('.')].filter(Boolean).join(': ')
  throw new FineTuneError('options/invalid', { option, received: at(options, issue.path), expected: expected(issue) })
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

/** What is allowed, as the end of the sentence "<option> must be ...". A schema's own message says it right away. */
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

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** The options that are given: one that is `undefined` is not, and takes no place of a default. */
export function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
