import { stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Names that a folder of images to measure on goes by, in the order of looking. */
const VALIDATION = ['validation', 'val', 'valid', 'test']

/** The folders of a data set: in train/ and test/ (or val/ and the like) of a directory, or in itself. */
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
