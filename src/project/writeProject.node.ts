import { writeBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import { baseError, isFineTuneError } from '../errors.js'
import { diskProblem } from '../platform/diskProblem.js'
import type { Project } from './Project.js'
import { type SaveProjectOptions, saveProject } from './saveProject.js'

/**
 * Writes a project as one file, with the contents of `saveProject`. Whatever happens while it is written, a file that
 * was there under that name before is intact; it may be the file that the project was opened from.
 *
 * @param path a name that ends with `.finetune.zip` tells people and tools what it is
 * @throws FineTuneError 'file/cannot-write'; those of `saveProject`
 */
export async function writeProject(
  project: Project,
  path: string | URL,
  options: SaveProjectOptions = {},
): Promise<void> {
  checkArgument('writeProject: path', path, kinds.place)
  await writeBytes(path, saveProject(project, options)).catch((cause: unknown) => {
    options.signal?.throwIfAborted()
    if (isFineTuneError(cause)) throw cause
    throw baseError('file/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
  })
}
