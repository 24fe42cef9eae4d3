import { dirname } from 'node:path'
import { writeBytes } from '#platform'
import { FineTuneError } from '../index.js'
import { diskProblem } from '../platform/diskProblem.js'
import { isDirectory } from './pictureFolders.js'

/**
 * Says before any work that a file cannot be written, instead of after an hour.
 *
 * @throws FineTuneError 'cli/bad-option' its directory is not there, or it is a directory itself
 */
export async function demandPlace(option: string, path: string): Promise<void> {
  if (!(await isDirectory(dirname(path))) || (await isDirectory(path)))
    throw new FineTuneError('cli/bad-option', { option, expected: 'a file in a directory that exists', received: path })
}

/**
 * Writes a file of the command's own whole: where that fails, what was there stays as it was.
 *
 * @throws FineTuneError 'cli/cannot-write'
 */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeBytes(path, [typeof content === 'string' ? new TextEncoder().encode(content) : content])
  } catch (cause) {
    throw new FineTuneError('cli/cannot-write', { path, problem: diskProblem(cause) }, { cause })
  }
}
