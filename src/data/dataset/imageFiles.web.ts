import * as z from 'zod'
import { checkArgument, isListOf, isObject, type Kind } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import { extensionsSchema, isHidden, isImageName } from './folderRules.js'

/** A file, and its path from the folder that was chosen or dropped, with the name of that folder. */
export interface FileEntry {
  readonly path: string
  readonly file: File
}

/** A file that is no image by its name, is hidden, or cannot be opened; or a folder that cannot be listed. */
export interface LeftOut {
  readonly path: string
  readonly reason: 'hidden' | 'not an image' | 'unreadable'
}

/** The images among files and folders, in the order in which they were found, and what was left out. */
export interface ImageFiles {
  readonly files: readonly FileEntry[]
  readonly leftOut: readonly LeftOut[]
}

export interface ImageFilesOptions {
  /** The extensions of image files, in any case. Default: .jpg .jpeg .png .gif .bmp .tif .tiff .webp */
  readonly extensions?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A source of files: of an `<input type="file" webkitdirectory>`, of a drop, or of a directory picker. */
export type FileSource = FileList | Iterable<File | FileEntry> | DataTransfer | FileSystemDirectoryHandle

const schema = z.strictObject({ extensions: extensionsSchema, signal: z.instanceof(AbortSignal).optional() })

/**
 * Lists the images among chosen or dropped files, folders included, without opening them. As in `ImageFolder`, files
 * and folders whose name begins with a dot are ignored.
 *
 * Call it in the handler of a drop before anything asynchronous: a DataTransfer is empty afterwards.
 *
 * @throws FineTuneError 'options/invalid', the signal's reason
 */
export async function imageFiles(source: FileSource, options: ImageFilesOptions = {}): Promise<ImageFiles> {
  // An iterable may be one that can be read only once.
  const given = isIterable(source) ? [...source] : source
  checkArgument('imageFiles: source', given, sourceKind)
  const { extensions, signal } = checkOptions(schema, options, 'imageFiles')
  const files: FileEntry[] = []
  const leftOut: LeftOut[] = []
  for await (const found of walk(given)) {
    signal?.throwIfAborted()
    const { path } = found
    if (path.split('/').some(isHidden)) leftOut.push({ path, reason: 'hidden' })
    else if ('problem' in found) leftOut.push({ path, reason: 'unreadable' })
    else if (!isImageName(path, extensions)) leftOut.push({ path, reason: 'not an image' })
    else files.push(found)
  }
  return { files, leftOut }
}

const isIterable = (source: FileSource): source is Extract<FileSource, Iterable<unknown>> =>
  isObject(source) && Symbol.iterator in source

/** A file that was found, or the path of what cannot be opened. */
type Found = FileEntry | { readonly path: string; readonly problem: unknown }

function walk(source: DataTransfer | FileSystemDirectoryHandle | readonly (File | FileEntry)[]) {
  if (isDrop(source)) return dropped([...source.items].flatMap(takenFrom))
  if (isDirectory(source)) return filesOf(source, source.name)
  return source.map(entryOf)
}

/** Returns the path that a file has from its chosen folder, or its name. */
const entryOf = (file: File | FileEntry): FileEntry =>
  file instanceof File ? { path: file.webkitRelativePath || file.name, file } : file

async function* filesOf(directory: FileSystemDirectoryHandle, path: string): AsyncGenerator<Found> {
  try {
    for await (const handle of (directory as unknown as Listable).values()) {
      const inner = `${path}/${handle.name}`
      if (isHidden(handle.name)) yield { path: inner, problem: undefined }
      else if (handle.kind === 'directory') yield* filesOf(handle as FileSystemDirectoryHandle, inner)
      else
        yield await (handle as FileSystemFileHandle).getFile().then(
          (file) => ({ path: inner, file }),
          (problem) => ({ path: inner, problem }),
        )
    }
  } catch (problem) {
    yield { path, problem }
  }
}

/** The iteration of a directory, which TypeScript's library has in a part of its own. */
interface Listable {
  values(): AsyncIterable<FileSystemHandle>
}

/** Returns the file or folder of an item of a drop; text is none. A file that a script added has no entry. */
function takenFrom(item: DataTransferItem): readonly (FileSystemEntry | File)[] {
  const taken = item.webkitGetAsEntry() ?? item.getAsFile()
  return taken ? [taken] : []
}

async function* dropped(entries: readonly (FileSystemEntry | File)[]): AsyncGenerator<Found> {
  for (const entry of entries) {
    if (entry instanceof File) {
      yield entryOf(entry)
      continue
    }
    const path = entry.fullPath.replace(/^[/]/, '')
    try {
      if (isHidden(entry.name)) yield { path, problem: undefined }
      else if (entry.isDirectory) yield* dropped(await listed((entry as FileSystemDirectoryEntry).createReader()))
      else yield { path, file: await fileOf(entry as FileSystemFileEntry) }
    } catch (problem) {
      yield { path, problem }
    }
  }
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject))

/** Lists all of a folder: a reader returns a hundred entries at a time, and none at the end. */
async function listed(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}

const isDrop = (source: unknown): source is DataTransfer =>
  isObject(source) && 'items' in source && 'dropEffect' in source
const isDirectory = (source: unknown): source is FileSystemDirectoryHandle =>
  isObject(source) && source.kind === 'directory'
export const isFileEntry = (value: unknown): value is FileEntry =>
  isObject(value) && typeof value.path === 'string' && value.file instanceof Blob
const sourceKind: Kind = {
  expected: 'a FileList, a list of files, a DataTransfer or a FileSystemDirectoryHandle',
  is: (value) =>
    isDrop(value) || isDirectory(value) || isListOf(value, (file) => file instanceof File || isFileEntry(file)),
}
