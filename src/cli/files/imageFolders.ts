import { stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The names of a folder of validation images, in the order in which they are tried. */
const VALIDATION = ['validation', 'val', 'valid', 'test']

/** The folders of a data set: train/ and test/ (or val/ and the like) of a directory, or the directory itself. */
export interface ImageFolders {
  readonly train: string
  readonly validation: string | undefined
}

export async function splitFolders(directory: string): Promise<ImageFolders> {
  const train = join(directory, 'train')
  if (!(await isDirectory(train))) return { train: directory, validation: undefined }
  for (const name of VALIDATION)
    if (await isDirectory(join(directory, name))) return { train, validation: join(directory, name) }
  return { train, validation: undefined }
}

export const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
