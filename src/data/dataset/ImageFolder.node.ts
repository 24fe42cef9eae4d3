import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import { type FineTuneError, isFineTuneError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import { dataError } from '../errors.js'
import type { ImageDataset, ImageSample } from './dataset.js'
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
  readonly skipped: readonly FineTuneError<'dataset/unsupported-file' | 'dataset/empty-class'>[]
}

const extension = z.string().regex(/^\.[^./\\]+$/, "a file name ending such as '.jpg'")
const schema = z.strictObject({
  extensions: z
    .array(extension)
    .min(1)
    .default(['.jpg', '.jpeg', '.png', '.gif', '.bmp', '.tif', '.tiff', '.webp'])
    .transform((endings) => endings.map((ending) => ending.toLowerCase())),
  onError: z.enum(['throw', 'skip']).default('throw'),
})
type Checked = z.output<typeof schema>

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
  const classes = (await list(root)).filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
  if (classes.length === 0) throw dataError('dataset/no-class', { directory: root })

  const samples: ImageSample[] = []
  const skipped: ImageFolderDataset['skipped'][number][] = []
  for (const [label, name] of classes.entries()) {
    const found = await classFiles(name, join(root, name), checked)
    if (checked.onError === 'throw' && found.problems[0]) throw found.problems[0]
    samples.push(...found.sources.map((source) => ({ source, label })))
    skipped.push(...found.problems)
  }
  return { directory: root, classes, samples, skipped }
}

/** Lists the images of one class, and its problems. */
async function classFiles(name: string, directory: string, { extensions }: Checked) {
  const files = await walk(directory)
  const counts = (path: string) => extensions.includes(extname(path).toLowerCase())
  const sources = files.filter(counts)
  const problems: ImageFolderDataset['skipped'][number][] = files
    .filter((path) => !counts(path))
    .map((path) => dataError('dataset/unsupported-file', { path, extensions }))
  if (sources.length === 0) {
    problems.push(dataError('dataset/empty-class', { class: name, directory, extensions }))
  }
  return { sources, problems }
}

/** Lists every file below a directory, in torchvision's order: directories by path, then the files of each by name. */
async function walk(directory: string): Promise<string[]> {
  const folders = await foldersBelow(directory, [])
  const perFolder = folders.sort((a, b) => byCodePoint(a.path, b.path))
  return perFolder.flatMap(({ path, files }) => files.map((file) => join(path, file)))
}

interface Folder {
  readonly path: string
  readonly files: readonly string[]
}

async function foldersBelow(path: string, above: readonly string[]): Promise<Folder[]> {
  const real = await realpath(path).catch((cause) => cannotList(path, cause))
  if (above.includes(real)) return [] // a link to a folder around it
  const entries = await list(path)
  const files = entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name)
  const inner = entries.filter(({ isDirectory }) => isDirectory)
  const below = await Promise.all(inner.map(({ name }) => foldersBelow(join(path, name), [...above, real])))
  return [{ path, files }, ...below.flat()]
}

/** Lists the entries of a directory, hidden ones left out, sorted by name. */
async function list(directory: string): Promise<{ name: string; isDirectory: boolean }[]> {
  const found = await patiently(() => readdir(directory, { withFileTypes: true }), directory).catch((cause) =>
    cannotList(directory, cause),
  )
  const visible = found.filter(({ name }) => !name.startsWith('.')).sort((a, b) => byCodePoint(a.name, b.name))
  return Promise.all(
    visible.map(async (entry) => ({ name: entry.name, isDirectory: await isFolder(directory, entry) })),
  )
}

/**
 * Tells whether an entry is a folder. Links are followed; a dangling one counts as a file, which the loader reports.
 */
async function isFolder(directory: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  return stat(join(directory, entry.name)).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
}

function cannotList(directory: string, cause: NodeJS.ErrnoException): never {
  if (isFineTuneError(cause)) throw cause
  const problem = { ENOENT: 'missing', ENOTDIR: 'not a directory' } as const
  const known = problem[cause.code as keyof typeof problem] ?? 'unreadable'
  throw dataError('dataset/no-directory', { directory, problem: known }, { cause })
}

/** Compares strings as Python does, by code points, which is the order of their UTF-8 bytes. */
const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
