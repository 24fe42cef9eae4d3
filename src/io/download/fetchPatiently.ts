import type { PartialFile } from '../../platform/contract.js'
import { ioError } from '../errors.js'
import { DownloadProblem, fetchInto } from './fetchInto.js'
import { MemoryPart } from './MemoryPart.js'

export interface PatientOptions {
  /** The number of times that a failed request is repeated. Default: 5 */
  readonly retries?: number | undefined
  /** The milliseconds before the first repetition; each later one waits twice as long. Default: 250 */
  readonly wait?: number | undefined
  /** The milliseconds within which a host must deliver something. Default: a minute */
  readonly patience?: number | undefined
  /** The most bytes of a file. Default: 256 MiB */
  readonly most?: number | undefined
}

/** Answers that may be others the next time: too slow, too early, too many requests. */
const PASSING = [408, 425, 429]

const MOST = 2 ** 28

/**
 * Fetches the bytes of a URL. What may pass is tried again: a host that cannot be reached or breaks off, silence, an
 * answer of 500 and above.
 *
 * @throws FineTuneError 'download/gone' for an answer such as 404, at once; 'download/too-large';
 *   'download/unreachable' after the last repetition
 */
export const fetchPatiently = (url: string, options: PatientOptions = {}): Promise<Uint8Array> =>
  // What has arrived is not continued: nothing says that it would be the same file.
  fetchPatientlyInto(() => new MemoryPart(), url, options).then((part) => part.read())

/** Fetches as `fetchPatiently` does, into the partial file that is returned for each request. */
export async function fetchPatientlyInto(
  partOf: () => PartialFile,
  url: string,
  { retries = 5, wait = 250, patience, most = MOST }: PatientOptions = {},
): Promise<PartialFile> {
  for (let attempt = 1; ; attempt++) {
    const part = partOf()
    try {
      await fetchInto(part, url, { most, patience, onBytes: () => {} })
      return part
    } catch (cause) {
      if (!(cause instanceof DownloadProblem)) throw cause
      const { kind, status = 500, message: problem } = cause
      if (kind === 'wrong bytes') throw ioError('download/too-large', { url, bytes: most }, { cause })
      if (status < 500 && !PASSING.includes(status)) throw ioError('download/gone', { url, problem }, { cause })
      if (attempt > retries) throw ioError('download/unreachable', { url, attempts: attempt, problem }, { cause })
      await new Promise((resolve) => setTimeout(resolve, wait * 2 ** (attempt - 1)))
    }
  }
}
