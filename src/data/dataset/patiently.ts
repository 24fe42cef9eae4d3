import { FineTuneError } from '../../errors.js'

/** Milliseconds to wait, in all: 10 at first, then twice as long each time. */
const MOST = 5000
/** When patience ran out last. A batch of samples would else wait for each of them, one after another. */
let ranOut = Number.NEGATIVE_INFINITY

/**
 * What opens a file, done again for some seconds while this process or the system has too many files open: others close
 * theirs. It says nothing about the file, so it is no reason to leave a picture out.
 * @param what is being opened, for the error
 * @throws FineTuneError 'data/too-many-files'; whatever else `open` throws, at once
 */
export async function patiently<T>(open: () => Promise<T>, what: string): Promise<T> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await open()
    } catch (cause) {
      if (!isTooManyFiles(cause)) throw cause
      if (wait > MOST / 2 || performance.now() - ranOut < MOST) {
        ranOut = performance.now()
        throw new FineTuneError('data/too-many-files', { what }, { cause })
      }
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

/**
 * EMFILE is the limit of the process, ENFILE that of the system. A failed fetch has it for its cause; what comes from another
 * thread has its code in the message alone.
 */
export const isTooManyFiles = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(EMFILE|ENFILE)$/.test(String((error as { code?: unknown }).code)) ||
    /\b(EMFILE|ENFILE)\b|too many open files/i.test(error.message) ||
    isTooManyFiles(error.cause))
