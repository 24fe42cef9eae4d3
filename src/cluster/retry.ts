import { isFineTuneError } from '../errors.js'

/** The pause before the second attempt, in milliseconds; it doubles with each. */
export const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 30_000

/** Tells whether a job that failed of this would fail again: its input is at fault. */
export const isHopeless = (error: unknown): boolean =>
  isFineTuneError(error, 'options/invalid') || isFineTuneError(error, 'cluster/unknown-job')

/** Tries an action until it succeeds, with growing pauses, or throws its last error. */
export async function retry<T>(action: () => Promise<T>, attempts: number, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await action()
    } catch (error) {
      if (signal.aborted || attempt >= attempts || isHopeless(error)) throw error
      await pause(Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE), signal)
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', abort, { once: true })
  })
}
