import { writeBytes } from '#platform'
import { FineTuneError } from '../errors.js'
import { diskProblem } from '../platform/diskProblem.js'

/**
 * Writes one of the files that training is made of (Node only). Whatever fails, what was there before is whole.
 * @throws FineTuneError 'artifacts/cannot-write'
 */
export async function writeArtifact(path: string | URL, bytes: Uint8Array): Promise<void> {
  try {
    await writeBytes(path, [bytes])
  } catch (cause) {
    throw new FineTuneError('artifacts/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
  }
}
