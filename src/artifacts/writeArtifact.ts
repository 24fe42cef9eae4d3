import { writeBytes } from '#platform'
import { FineTuneError } from '../errors.js'
import { diskProblem } from '../platform/diskProblem.js'

/**
 * Writes one of the files of a set of artifacts (Node only). If that fails, the file that was there before is intact.
 * @throws FineTuneError 'artifacts/cannot-write'
 */
export async function writeArtifact(path: string | URL, bytes: Uint8Array): Promise<void> {
  try {
    await writeBytes(path, [bytes])
  } catch (cause) {
    throw new FineTuneError('artifacts/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
  }
}
