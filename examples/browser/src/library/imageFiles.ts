export interface ImageFile {
  /** The path below the dropped or chosen folder, with its name: `photos/lemon/1.jpg`. */
  readonly path: string
  readonly file: File
}

const IMAGE = /\.(jpe?g|png|gif|bmp|webp|tiff?)$/i

/** Lists the image files of a choice or a drop, folders included. */
export async function imageFiles(source: FileList | DataTransfer): Promise<ImageFile[]> {
  const found = source instanceof DataTransfer ? await dropped(source) : chosen(source)
  return found.filter(({ path, file }) => file.type.startsWith('image/') || IMAGE.test(path))
}

const chosen = (files: FileList): ImageFile[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))

/** Lists the files of a drop. Its items must be read at once: they are gone after the event. */
async function dropped({ items, files }: DataTransfer): Promise<ImageFile[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  if (entries.length === 0) return chosen(files)
  return (await Promise.all(entries.map(listEntry))).flat()
}

async function listEntry(entry: FileSystemEntry): Promise<ImageFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    return [{ path: entry.fullPath.replace(/^\//, ''), file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) break
    found.push(...some)
  }
  return (await Promise.all(found.map(listEntry))).flat()
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
