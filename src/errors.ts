import { printable } from './printable.js'
import { shown } from './shown.js'

/**
 * The errors that this library throws on purpose: one class, a literal `code`, the facts as data. Codes and texts are
 * defined in the `errors.ts` of the room that throws them. To add an error, add an entry there: its facts and the text
 * made from them.
 */

/**
 * The texts of the errors by code. Every room adds its own to this type, so that codes and facts are known to all
 * readers.
 */
export interface ErrorTexts extends BaseErrors {}

export type ErrorCode = keyof ErrorTexts
export type ErrorInfo<C extends ErrorCode> = Parameters<ErrorTexts[C]>[0]

/** The only error class of this library. `code` identifies the error, `facts` are its data. */
export class FineTuneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'FineTuneError'
  readonly code: C
  readonly facts: ErrorInfo<C>

  /** Called by the library only; an application's own errors should be of a class of its own. */
  constructor(code: C, message: string, facts: ErrorInfo<C>, options?: { cause?: unknown }) {
    demandText('code', code, 'an ErrorCode')
    demandText('message', message, 'a string')
    super(message, options)
    this.code = code
    this.facts = facts
  }
}

/** @throws FineTuneError 'options/invalid' for an argument of the constructor that is not a string */
function demandText(name: string, received: unknown, expected: string): void {
  if (typeof received === 'string') return
  throw baseError('options/invalid', { option: `FineTuneError: ${name}`, received, expected })
}

/** The most characters of a message: a name in a file may be as long as the file. */
const LONGEST = 2500

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)

/** Returns the factory of the errors of a room from its texts, by code: a message is one printable line. */
export function errorsOf<Texts extends Partial<ErrorTexts>>(texts: Texts) {
  const make = <C extends keyof Texts & ErrorCode>(code: C, facts: ErrorInfo<C>, options?: { cause?: unknown }) => {
    const text = (texts[code] as (facts: ErrorInfo<C>) => string)(facts)
    // The cut text may become longer by escaping characters.
    return new FineTuneError(code, cut(printable(cut(text))), facts, options)
  }
  return Object.assign(make, { codes: Object.keys(texts) })
}

/** Lists the first items, with the number of the others. */
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

/** Tells whether an error is of this library, and, if a code is given, of that code: narrows `error.facts`. */
export function isFineTuneError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is FineTuneError<C> {
  try {
    return error instanceof FineTuneError && (code === undefined || error.code === code)
  } catch {
    return false // a proxy that throws
  }
}

/** An error as plain data that survives a message between threads; `errorFromPlain` converts it back to an error. */
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
