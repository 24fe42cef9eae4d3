import { dataError } from '../errors.js'

/** Milliseconds to wait in all: 10 at first, then twice as long each time. */
const MOST = 5000
/** The time when the last wait gave up. Otherwise each sample of a batch would wait in turn. */
let ranOut = Number.NEGATIVE_INFINITY

/**
 * Retries opening a file for some seconds while this process or the system has too many files open, since other users
 * close theirs. The error says nothing about the file, so it is no reason to leave an image out.
 * @param what the thing being opened, for the error
 * @throws FineTuneError 'data/too-many-files'; any other error of `open`, at once
 */
export async function patiently<T>(open: () => Promise<T>, what: string): Promise<T> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await open()
    } catch (cause) {
      if (!isTooManyFiles(cause)) throw cause
      if (wait > MOST / 2 || performance.now() - ranOut < MOST) {
        ranOut = performance.now()
        throw dataError('data/too-many-files', { what }, { cause })
      }
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

/**
 * Tells whether an error is EMFILE, the limit of the process, or ENFILE, that of the system. A failed fetch has it as
 * its cause; an error from another thread has the code only in its message.
 */
export const isTooManyFiles = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(EMFILE|ENFILE)$/.test(String((error as { code?: unknown }).code)) ||
    /\b(EMFILE|ENFILE)\b|too many open files/i.test(error.message) ||
    isTooManyFiles(error.cause))
