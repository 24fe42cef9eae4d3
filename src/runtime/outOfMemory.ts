import { isFineTuneError } from '../errors.js'
import { runtimeError } from './errors.js'

/** The messages about missing memory of ONNX Runtime (its allocator, or C++), JavaScript engines and WebAssembly. */
const LACK =
  /bad_alloc|failed to allocate memory|allocation failed|cannot allocate memory|out of memory|invalid (typed )?array length|memory limit/i

/**
 * Tells whether an error means that there is not enough memory, also if it ended the thread that hosts ONNX Runtime.
 */
export function isOutOfMemory(error: unknown): boolean {
  if (isFineTuneError(error))
    return error.code === 'session/out-of-memory' || (error.code === 'session/worker-died' && LACK.test(error.message))
  return error instanceof Error && LACK.test(error.message)
}

/** Returns an error, or the typed one about missing memory if that is its cause. */
export function typedIfOutOfMemory<E>(cause: unknown, what: string, otherwise: (problem: string) => E) {
  const problem = problemOf(cause)
  if (isFineTuneError(cause) || !LACK.test(problem)) return otherwise(problem)
  // ONNX Runtime names each node on the way to the one that failed; the cause has the full text.
  const [lack = problem] = /failed to allocate memory.*/is.exec(problem) ?? []
  return runtimeError('session/out-of-memory', { what, problem: lack }, { cause })
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim()
