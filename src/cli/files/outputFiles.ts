import { dirname } from 'node:path'
import { cliError } from '../errors.js'
import { isDirectory } from './imageFolders.js'

/**
 * Says before any work that a file cannot be written, instead of after an hour.
 *
 * @throws FineTuneError 'cli/bad-option' its directory is not there, or it is a directory itself
 */
export async function demandPlace(option: string, path: string): Promise<void> {
  if (!(await isDirectory(dirname(path))) || (await isDirectory(path)))
    throw cliError('cli/bad-option', { option, expected: 'a file in a directory that exists', received: path })
}
