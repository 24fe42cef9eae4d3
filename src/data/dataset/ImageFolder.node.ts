import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import { isFineTuneError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import { dataError } from '../errors.js'
import { lazySamples } from '../samples/lazySamples.js'
import type { ImageDataset } from './dataset.js'
import { FolderColumns } from './FolderColumns.node.js'
import { byCodePoint, extensionsSchema, type FolderProblem, isHidden, isImageName } from './folderRules.js'
import { patiently } from './patiently.js'

export interface ImageFolderOptions {
  /** The extensions of image files, in any case. Default: .jpg .jpeg .png .gif .bmp .tif .tiff .webp */
  extensions?: readonly string[] | undefined
  /**
   * The treatment of problems. 'throw': a file with another extension, or a class without images, is an error.
   * 'skip': such files are left out, such classes are kept (so that labels stay the same); both are listed in
   * `skipped`.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip' | undefined
}

/** A dataset from a directory; `skipped` lists the files that onError 'skip' left out. */
export interface ImageFolderDataset extends ImageDataset {
  readonly directory: string
  readonly skipped: readonly FolderProblem[]
}

const schema = z.strictObject({ extensions: extensionsSchema, onError: z.enum(['throw', 'skip']).default('throw') })
/**
 * Makes a dataset of images in one folder per class. torchvision: `datasets.ImageFolder(root)`. Classes are the
 * folders, sorted by name; subfolders are searched, links followed; files are sorted by path. Files and folders whose
 * name begins with a dot are ignored. Images are not opened: the loader does that.
 * @param directory a path or a `file:` URL
 * @throws FineTuneError 'dataset/no-directory', 'dataset/no-class', 'dataset/empty-class', 'dataset/unsupported-file',
 *   'data/too-many-files', 'options/invalid'
 */
export async function ImageFolder(
  directory: string | URL,
  options: ImageFolderOptions = {},
): Promise<ImageFolderDataset> {
  checkArgument('ImageFolder: directory', directory, kinds.place)
  const checked = checkOptions(schema, options, 'ImageFolder')
  const root = directory instanceof URL ? fileURLToPath(directory) : directory
  const { folders: classes } = await list(root)
  if (classes.length === 0) throw dataError('dataset/no-class', { directory: root })

  const files = new FolderColumns()
  const skipped: FolderProblem[] = []
  for (const [label, name] of classes.entries()) {
    const problems = await addClass(files, { label, name, directory: join(root, name) }, checked.extensions)
    if (checked.onError === 'throw' && problems[0]) throw problems[0]
    skipped.push(...problems)
  }
  return { directory: root, classes, samples: lazySamples(files.table()), skipped }
}

interface ClassFolder {
  readonly label: number
  readonly name: string
  readonly directory: string
}

/** Adds the images of a class, in torchvision's order: directories by path, then the files of each by name. */
async function addClass(
  files: FolderColumns,
  { label, name, directory }: ClassFolder,
  extensions: readonly string[],
): Promise<FolderProblem[]> {
  const problems: FolderProblem[] = []
  const before = files.length
  for (const folder of (await foldersBelow(directory, [])).sort((a, b) => byCodePoint(a.path, b.path))) {
    files.open(folder.path, label)
    for (const file of folder.files)
      if (isImageName(file, extensions)) files.add(file)
      else problems.push(dataError('dataset/unsupported-file', { path: join(folder.path, file), extensions }))
  }
  if (files.length === before) problems.push(dataError('dataset/empty-class', { class: name, directory, extensions }))
  return problems
}

interface Folder {
  readonly path: string
  readonly files: readonly string[]
}

async function foldersBelow(path: string, above: readonly string[]): Promise<Folder[]> {
  const real = await realpath(path).catch((cause) => cannotList(path, cause))
  if (above.includes(real)) return [] // a link to a folder around it
  const { files, folders } = await list(path)
  const below = await Promise.all(folders.map((name) => foldersBelow(join(path, name), [...above, real])))
  return [{ path, files }, ...below.flat()]
}

/** The number of links that are followed at a time. */
const LINKS = 64

/** Lists the files and folders in a directory, hidden ones left out, sorted by name. */
async function list(directory: string): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  const found = await patiently(() => readdir(directory, { withFileTypes: true }), directory).catch((cause) =>
    cannotList(directory, cause),
  )
  const files: string[] = []
  const folders: string[] = []
  const links: string[] = []
  for (const entry of found)
    if (!isHidden(entry.name)) (entry.isSymbolicLink() ? links : entry.isDirectory() ? folders : files).push(entry.name)
  for (let from = 0; from < links.length; from += LINKS) {
    const some = links.slice(from, from + LINKS)
    const leads = await Promise.all(some.map((name) => leadsToFolder(join(directory, name))))
    for (const [i, name] of some.entries()) (leads[i] ? folders : files).push(name)
  }
  return { files: files.sort(byCodePoint), folders: folders.sort(byCodePoint) }
}

/** Tells whether a link leads to a folder; a dangling one counts as a file, which the loader reports. */
const leadsToFolder = (link: string): Promise<boolean> =>
  stat(link).then(
    (facts) => facts.isDirectory(),
    () => false,
  )

function cannotList(directory: string, cause: NodeJS.ErrnoException): never {
  if (isFineTuneError(cause)) throw cause
  const problem = { ENOENT: 'missing', ENOTDIR: 'not a directory' } as const
  const known = problem[cause.code as keyof typeof problem] ?? 'unreadable'
  throw dataError('dataset/no-directory', { directory, problem: known }, { cause })
}
