import { writeBytes } from '#platform'
import { diskProblem } from '../platform/diskProblem.js'
import { artifactError } from './errors.js'

/**
 * Writes one of the files of a set of artifacts (Node only). If that fails, the file that was there before is intact.
 * @throws FineTuneError 'artifacts/cannot-write'
 */
export async function writeArtifact(path: string | URL, bytes: Uint8Array): Promise<void> {
  try {
    await writeBytes(path, [bytes])
  } catch (cause) {
    throw artifactError('artifacts/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
  }
}
