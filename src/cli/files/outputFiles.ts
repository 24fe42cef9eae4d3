import { dirname } from 'node:path'
import { cliError } from '../errors.js'
import { isDirectory } from './imageFolders.js'

/**
 * Demands before any work that a file can be written, so that the command does not fail after it.
 *
 * @throws FineTuneError 'cli/bad-option' if its directory does not exist, or it is a directory itself
 */
export async function demandPlace(option: string, path: string): Promise<void> {
  if (!(await isDirectory(dirname(path))) || (await isDirectory(path)))
    throw cliError('cli/bad-option', { option, expected: 'a file in a directory that exists', received: path })
}
