import { checkArgument, type Kind, kinds } from '../../arguments.js'
import { baseError } from '../../errors.js'
import { diskProblem } from '../diskProblem.js'
import { writeWhole } from './parts.js'

/**
 * Writes a file atomically: a reader sees the old contents or all of the new, never a part. It is written to a partial
 * file, flushed to the disk and renamed. If that fails, the old file is unchanged, and nothing is left beside it.
 *
 *     await writeFileWhole('sheet.png', await contactSheet(images))
 *
 * @param content text is written as UTF-8
 * @throws FineTuneError 'file/cannot-write', 'options/invalid'
 */
export async function writeFileWhole(path: string, content: string | Uint8Array): Promise<void> {
  checkArgument('writeFileWhole: path', path, kinds.name)
  checkArgument('writeFileWhole: content', content, contentKind)
  try {
    await writeWhole(path, [typeof content === 'string' ? new TextEncoder().encode(content) : content])
  } catch (cause) {
    throw baseError('file/cannot-write', { path, problem: diskProblem(cause) }, { cause })
  }
}

const contentKind: Kind = {
  expected: 'a string or a Uint8Array',
  is: (value) => kinds.text.is(value) || kinds.bytes.is(value),
}
