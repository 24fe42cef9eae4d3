/**
 * Every error that this library throws on purpose: one class, a literal `code`, the facts as data.
 * The table below is the whole list. To add an error, add a line: its facts and the text made of them.
 */

const list = (items: readonly (string | number)[], most = 8): string =>
  items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`

const messages = {
  'options/invalid': (f: { option: string; received: unknown; expected: string }) =>
    `${f.option} must be ${f.expected}. Received: ${show(f.received)}`,
  aborted: (f: { operation: string }) => `${f.operation} was aborted by its signal`,

  'onnx/malformed': (f: { problem: string; where?: string }) =>
    `Not a valid ONNX model${f.where ? ` (${f.where})` : ''}: ${f.problem}`,
  'onnx/unknown-value': (f: { value: string; node: string }) =>
    `Node ${f.node} reads ${f.value}, which no input, initializer or earlier node provides`,
  'onnx/no-shape-rule': (f: { op: string; node: string }) =>
    `No shape inference for ${f.op} (node ${f.node}). Add its value_info to the model, or a rule to src/onnx/shapes`,

  'autodiff/no-gradient': (f: { op: string; node: string }) =>
    `No gradient for ${f.op} (node ${f.node}). Freeze every parameter before it, or add a rule to src/autodiff/gradients`,
  'autodiff/unknown-parameter': (f: { parameter: string; known: readonly string[] }) =>
    `${f.parameter} is not a parameter of the model. Its parameters: ${list(f.known)}`,
  'autodiff/unreachable': (f: { parameter: string; loss: string }) =>
    `The loss ${f.loss} does not depend on ${f.parameter}, so it cannot be trained. Freeze it`,

  'lowering/no-lowering': (f: { op: string; node: string; target: string }) =>
    `No lowering of ${f.op} (node ${f.node}) for ${f.target}. Add a file to src/lowering/ops`,

  'transforms/failed': (f: { transform: string; position: number; source?: string }) =>
    `The transform ${f.transform} (number ${f.position + 1} of the pipeline) threw an error${f.source ? ` on ${f.source}` : ''}: see its cause`,
} as const satisfies Record<string, (facts: never) => string>

export type ErrorCode = keyof typeof messages
export type ErrorFacts<C extends ErrorCode> = Parameters<(typeof messages)[C]>[0]

/** The only error class of this library. `code` says which error it is, `facts` what it is about. */
export class FineTuneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'FineTuneError'
  readonly code: C
  readonly facts: ErrorFacts<C>

  constructor(code: C, facts: ErrorFacts<C>, options?: { cause?: unknown }) {
    super((messages[code] as (facts: ErrorFacts<C>) => string)(facts), options)
    this.code = code
    this.facts = facts
  }
}

/** Whether `error` is ours, and, if a code is given, that one: narrows `error.facts`. */
export function isFineTuneError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is FineTuneError<C> {
  return error instanceof FineTuneError && (code === undefined || error.code === code)
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
      : new FineTuneError(plain.code, plain.facts as ErrorFacts<ErrorCode>, options)
  if (plain.stack) error.stack = plain.stack
  return error
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
