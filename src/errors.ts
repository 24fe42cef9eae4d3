import { printable } from './printable.js'
import { shown } from './shown.js'

/**
 * Every error that this library throws on purpose: one class, a literal `code`, the facts as data.
 * Codes and texts lie in the `errors.ts` of the room that throws them. To add an error, add a line there: its facts and the
 * text made of them.
 */

/** Texts by code. Every room adds its own to this type, so that codes and facts are known wherever an error is looked at. */
export interface ErrorTexts extends BaseErrors {}

export type ErrorCode = keyof ErrorTexts
export type ErrorInfo<C extends ErrorCode> = Parameters<ErrorTexts[C]>[0]

/** The only error class of this library. `code` says which error it is, `facts` what it is about. */
export class FineTuneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'FineTuneError'
  readonly code: C
  readonly facts: ErrorInfo<C>

  /** Made by the library; an error of your own had better be of a class of your own. */
  constructor(code: C, message: string, facts: ErrorInfo<C>, options?: { cause?: unknown }) {
    const expected = { code: 'an ErrorCode', message: 'a string' }
    for (const [name, received] of Object.entries({ code, message }))
      if (typeof received !== 'string')
        throw baseError('options/invalid', {
          option: `FineTuneError: ${name}`,
          received,
          expected: expected[name as 'code'],
        })
    super(message, options)
    this.code = code
    this.facts = facts
  }
}

/** Characters of a message: a name in a file may be as long as the file. */
const LONGEST = 2500

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)

/** Makes the errors of a room from its texts, by code: a message is one printable line. */
export function errorsOf<Texts extends Partial<ErrorTexts>>(texts: Texts) {
  const make = <C extends keyof Texts & ErrorCode>(code: C, facts: ErrorInfo<C>, options?: { cause?: unknown }) => {
    const text = (texts[code] as (facts: ErrorInfo<C>) => string)(facts)
    // What is cut may become longer where characters are escaped.
    return new FineTuneError(code, cut(printable(cut(text))), facts, options)
  }
  return Object.assign(make, { codes: Object.keys(texts) })
}

/** The first of a list, and how many there are beside. */
export const list = (items: readonly (string | number)[], most = 8): string =>
  items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`

const texts = {
  'options/invalid': (f: { option: string; received: unknown; expected: string }) =>
    `${f.option} must be ${f.expected}. Received: ${shown(f.received)}`,
  aborted: (f: { operation: string }) => `${f.operation} was left before its end`,
  'file/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write ${f.path}: ${f.problem}. What was there is as it was`,
}

type BaseErrors = typeof texts

/** The factory of the errors that any room may throw. */
export const baseError = /* @__PURE__ */ errorsOf(texts)

/** Tells an error of this library, and, if a code is given, that one: narrows `error.facts`. */
export function isFineTuneError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is FineTuneError<C> {
  try {
    return error instanceof FineTuneError && (code === undefined || error.code === code)
  } catch {
    return false // a proxy that throws
  }
}

/** An error as plain data that survives a message between threads; `errorFromPlain` makes it an error again. */
export interface PlainError {
  readonly code?: ErrorCode
  readonly facts?: unknown
  readonly message: string
  readonly stack?: string
  readonly cause?: PlainError
}

export function errorToPlain(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    message: error.message,
    ...(error instanceof FineTuneError && { code: error.code, facts: error.facts }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: errorToPlain(error.cause) }),
  }
}

export function errorFromPlain(plain: PlainError): Error {
  const options = plain.cause ? { cause: errorFromPlain(plain.cause) } : undefined
  const error =
    plain.code === undefined
      ? new Error(plain.message, options)
      : new FineTuneError(plain.code, plain.message, plain.facts as ErrorInfo<ErrorCode>, options)
  if (plain.stack) error.stack = plain.stack
  return error
}
