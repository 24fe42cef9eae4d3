import { writeBytes } from '#platform'
import { diskProblem } from '../platform/diskProblem.js'
import { deployError } from './errors.js'

/** Writes the file of a classifier. @throws FineTuneError 'deploy/cannot-write' */
export async function saveFile(path: string | URL, bytes: Uint8Array): Promise<void> {
  try {
    await writeBytes(path, [bytes])
  } catch (cause) {
    throw deployError('deploy/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
  }
}
