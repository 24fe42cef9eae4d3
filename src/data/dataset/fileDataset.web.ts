import * as z from 'zod'
import { checkArgument, isListOf, isObject, type Kind } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import { dataError } from '../errors.js'
import type { ImageDataset } from './dataset.js'
import { byCodePoint, extensionsSchema, type FolderProblem, imagesOfClass, isHidden } from './folderRules.js'
import { type FileEntry, type ImageFiles, isFileEntry, type LeftOut } from './imageFiles.web.js'

export interface FileDatasetOptions {
  /**
   * The folder to use, by its path below the common folder of all files: 'train', if there are others beside it.
   * Default: the common folder.
   */
  readonly folder?: string | undefined
  /** The names of the classes, in the order of the labels. Default: the folders, sorted. */
  readonly classes?: readonly string[] | undefined
  /** The extensions of image files, in any case. Default: .jpg .jpeg .png .gif .bmp .tif .tiff .webp */
  readonly extensions?: readonly string[] | undefined
  /**
   * The treatment of problems. 'throw': a file with another extension, or a class without images, is an error.
   * 'skip': such files are left out, such classes are kept; both are listed in `skipped`.
   * @default 'throw'
   */
  readonly onError?: 'throw' | 'skip' | undefined
}

/** A dataset of files; `file` returns that of a sample, and `skipped` lists what onError 'skip' left out. */
export interface FileDataset extends ImageDataset {
  file(index: number): File
  readonly skipped: readonly FolderProblem[]
}

const schema = z.strictObject({
  folder: z.string().min(1).optional(),
  classes: z.array(z.string()).min(1).optional(),
  extensions: extensionsSchema,
  onError: z.enum(['throw', 'skip']).default('throw'),
})

/**
 * Makes a dataset of files in one folder per class, by the rules of `ImageFolder`: classes are the folders of the
 * common folder, sorted by name; subfolders are searched; files are sorted by path; what is directly in the common
 * folder is ignored. The source of a sample is its path. Files are read by the loader, when they are needed.
 *
 *     const { files } = await imageFiles(event.dataTransfer)
 *     const dataset = fileDataset(files)
 *
 * @throws FineTuneError 'dataset/no-images', 'dataset/no-class-folder', 'dataset/several-sets' (such as train and
 *   test), 'dataset/unknown-class', 'dataset/empty-class', 'dataset/unsupported-file', 'options/invalid'
 */
export function fileDataset(files: ImageFiles | readonly FileEntry[], options: FileDatasetOptions = {}): FileDataset {
  checkArgument('fileDataset: files', files, filesKind)
  const { folder, extensions, onError, ...checked } = checkOptions(schema, options, 'fileDataset')
  const { entries, leftOut } = allOf(files)
  if (entries.length === 0) throw dataError('dataset/no-images', { files: leftOut.length, extensions })
  const root = rootOf(entries, folder)
  const inside = [...entries, ...leftOut.map(({ path }) => ({ path, file: undefined }))]
    .filter(({ path }) => path.startsWith(root))
    .map(({ path, file }) => ({ path, file, parts: path.slice(root.length).split('/') }))
    .filter(({ parts }) => parts.length > 1 && !parts.some(isHidden))
  const found = [...new Set(inside.map(({ parts }) => parts[0]!))].sort(byCodePoint)
  if (found.length === 0) throw dataError('dataset/no-class-folder', { path: entries[0]!.path })
  const classes = checked.classes ?? found
  demandKnown(found, classes, root)

  const byPath = new Map(entries.map(({ path, file }) => [path, file]))
  const samples: ImageDataset['samples'][number][] = []
  const skipped: FolderProblem[] = []
  for (const [label, name] of classes.entries()) {
    const ofClass = inside.filter(({ parts, file }) => parts[0] === name && file).sort(byFolder)
    const { sources, problems } = imagesOfClass(
      name,
      root + name,
      ofClass.map(({ path }) => path),
      extensions,
    )
    if (onError === 'throw' && problems[0]) throw problems[0]
    samples.push(...sources.map((source) => ({ source, label })))
    skipped.push(...problems)
  }
  const file = (index: number) => byPath.get(samples[index]!.source)!
  return { classes, samples, skipped, file, read: async (index) => new Uint8Array(await file(index).arrayBuffer()) }
}

function allOf(files: ImageFiles | readonly FileEntry[]): {
  entries: readonly FileEntry[]
  leftOut: readonly LeftOut[]
} {
  if (!('files' in files)) return { entries: files, leftOut: [] }
  // A folder that cannot be opened is no class; one that holds other files alone is one without images.
  return { entries: files.files, leftOut: files.leftOut.filter(({ reason }) => reason === 'not an image') }
}

/** Names of folders that are data sets rather than classes, if there is no other beside them. */
const SETS = ['train', 'training', 'validation', 'valid', 'val', 'test', 'testing']

/** Returns the path of the folder of classes, which ends in a slash: the innermost that holds every file. */
function rootOf(entries: readonly FileEntry[], folder: string | undefined): string {
  const paths = entries.map(({ path }) => path)
  const first = paths[0]!.split('/')
  let root = ''
  // The last two parts of a path are a class and a file.
  for (let depth = 0; depth < first.length - 1; depth++) {
    const deeper = `${root}${first[depth]}/`
    if (!paths.every((path) => path.startsWith(deeper))) break
    if (!paths.some((path) => path.slice(deeper.length).includes('/'))) break
    root = deeper
  }
  if (folder !== undefined) return `${root}${folder.replace(/[/]$/, '')}/`
  const folders = [...new Set(paths.map((path) => path.slice(root.length).split('/')[0]!))]
  const areSets = folders.length > 1 && folders.every((name) => SETS.includes(name.toLowerCase()))
  if (areSets) throw dataError('dataset/several-sets', { folders: folders.sort(byCodePoint) })
  return root
}

function demandKnown(found: readonly string[], classes: readonly string[], root: string): void {
  const unknown = found.find((name) => !classes.includes(name))
  if (unknown !== undefined) throw dataError('dataset/unknown-class', { class: unknown, path: root + unknown, classes })
}

interface Placed {
  readonly parts: readonly string[]
}

/** Compares in torchvision's order: folders by path, then the files of each by name. */
const byFolder = (a: Placed, b: Placed): number =>
  byCodePoint(a.parts.slice(0, -1).join('/'), b.parts.slice(0, -1).join('/')) ||
  byCodePoint(a.parts.at(-1)!, b.parts.at(-1)!)

const filesKind: Kind = {
  expected: 'the result of imageFiles, or a list of { path, file }',
  is: (value) => isListOf(isObject(value) && 'files' in value ? value.files : value, isFileEntry),
}
