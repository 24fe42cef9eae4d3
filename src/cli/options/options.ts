import * as z from 'zod'

/** The completions of a value that a shell offers. */
export type Completion = 'file' | 'directory' | readonly string[]

/** An option of a command, defined once: help, parsing, config file and completion all use it. */
export interface Option<T = unknown> {
  readonly summary: string
  /** The letter of the short form, such as `-o`. */
  readonly short: string | undefined
  /** The placeholder of the value in the help. A flag has none. */
  readonly placeholder: string | undefined
  /** The allowed values, as the end of the sentence "--epochs must be ...". */
  readonly expected: string
  /** The text of the help about a missing option. */
  readonly fallback: string | undefined
  readonly completion: Completion | undefined
  /** The heading that the help lists it under. */
  readonly section?: string
  readonly schema: z.ZodType<T>
  /**
   * Converts the text of the command line to the value that a config file would have. Invalid text is returned
   * unchanged.
   */
  read(text: string): unknown
}

export type Options = Readonly<Record<string, Option>>
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

interface Info<T> {
  readonly short?: string
  readonly default?: T
  /** The text of the help about a missing option, if there is no literal default. */
  readonly otherwise?: string
}
type Filled<T, F> = F extends { readonly default: T } ? T : T | undefined

interface Kind<T> {
  readonly schema: z.ZodType<T>
  readonly expected: string
  readonly placeholder?: string
  readonly completion?: Completion
  readonly read?: (text: string) => unknown
}

function option<T, const F extends Info<T>>(kind: Kind<T>, summary: string, facts: F): Option<Filled<T, F>> {
  const { short, default: fallback, otherwise } = facts
  const { expected, placeholder, completion, read = (text: string) => text } = kind
  const schema = fallback === undefined ? kind.schema.optional() : kind.schema.default(fallback as never)
  const shown = otherwise ?? (fallback === undefined || fallback === false ? undefined : String(fallback))
  return {
    ...{ summary, short, placeholder, expected, fallback: shown, completion, read },
    schema: schema as unknown as z.ZodType<Filled<T, F>>,
  }
}

/** Returns the same options, listed in the help under a heading of their own. */
export const section = <O extends Options>(heading: string, options: O): O =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { ...option, section: heading }])) as O

/** Defines an option without a value, `true` if it is given; `--no-NAME` sets it to `false`. */
export const flag = <const F extends Info<boolean>>(summary: string, facts: F) =>
  option({ schema: z.boolean(), expected: 'true or false' }, summary, facts)

const asNumber = (text: string): unknown => {
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? text : value
}

export const whole = <const F extends Info<number> & { readonly min?: number }>(summary: string, facts: F) => {
  const { min = 0 } = facts
  const kind = { schema: z.int().min(min), expected: `a whole number of at least ${min}` }
  return option<number, F>({ ...kind, placeholder: 'N', read: asNumber }, summary, facts)
}

interface RealInfo extends Info<number> {
  /** The bounds: the first two are not values themselves. */
  readonly above?: number
  readonly below?: number
  readonly most?: number
}
/** Defines an option whose value is a number of at least 0, or within other bounds. */
export const real = <const F extends RealInfo>(summary: string, facts: F) => {
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY, most = Number.MAX_VALUE } = facts
  const schema = z.number().min(0).max(most).gt(above).lt(below)
  return option<number, F>({ schema, expected: boundsOf(facts), placeholder: 'X', read: asNumber }, summary, facts)
}

function boundsOf({ above, below, most }: RealInfo): string {
  if (above !== undefined)
    return most === undefined ? `a number above ${above}` : `a number above ${above}, at most ${most}`
  if (below !== undefined) return `a number from 0 up to, not including, ${below}`
  return most === undefined ? 'a number of at least 0' : `a number from 0 to ${most}`
}

export const choice = <const C extends readonly [string, ...string[]], const F extends Info<C[number]>>(
  choices: C,
  summary: string,
  facts: F,
) => {
  const kind = { schema: z.enum(choices), expected: `one of ${choices.join(', ')}`, completion: choices }
  return option<C[number], F>({ ...kind, placeholder: choices.join('|') }, summary, facts)
}

interface TextInfo extends Info<string> {
  readonly placeholder: string
  readonly expected?: string
  readonly completion?: Completion
}
export const text = <const F extends TextInfo>(summary: string, facts: F) => {
  const { placeholder, expected = 'text that is not empty', completion } = facts
  const kind = { schema: z.string().min(1), expected, placeholder }
  return option<string, F>(completion ? { ...kind, completion } : kind, summary, facts)
}

export const file = <const F extends Info<string>>(summary: string, facts: F) =>
  text(summary, { placeholder: 'FILE', expected: 'the path of a file', completion: 'file', ...facts })

export const directory = <const F extends Info<string>>(summary: string, facts: F) =>
  text(summary, { placeholder: 'DIR', expected: 'the path of a directory', completion: 'directory', ...facts })

/** Defines an option whose value is a list of names, `a,b,c`; in a config file also an array. */
export const names = <const F extends Info<readonly string[]>>(summary: string, facts: F) => {
  const schema = z.preprocess(
    (value) => (typeof value === 'string' ? splitNames(value) : value),
    z.array(z.string().min(1)).min(1),
  )
  return option<readonly string[], F>(
    { schema, expected: 'names with commas between', placeholder: 'A,B,..' },
    summary,
    facts,
  )
}

const splitNames = (value: string): string[] => value.split(',').map((name) => name.trim())
