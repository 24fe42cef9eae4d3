import type { FileStore, Pieces } from '../contract.js'
import { storedBlob } from '../storedFile.js'
import { claimName } from './claimName.js'
import { PartInMemory } from './PartInMemory.js'

/** The part of a file's handle that TypeScript's library does not know. */
type Handle = FileSystemFileHandle & { move(name: string): Promise<void> }

/** Opens the root of the origin private file system; undefined where there is none, or none that writes atomically. */
export async function privateRoot(): Promise<FileSystemDirectoryHandle | undefined> {
  const handle = globalThis.FileSystemFileHandle?.prototype
  if (!handle || !('createWritable' in handle && 'move' in handle)) return undefined
  // Some browsers refuse it in private windows.
  return navigator.storage.getDirectory().catch(() => undefined)
}

/** Opens a store of files in a directory of the origin private file system. */
export function openPrivateStore(root: FileSystemDirectoryHandle, directory: string): FileStore {
  const folder = (create: boolean) => folderOf(root, directory, create)
  const fileOf = (name: string) =>
    unlessMissing(async () => (await (await folder(false)).getFileHandle(name)).getFile())
  const store: FileStore = {
    locate: (name) => `${directory}/${name} in the private file system of ${location.origin}`,
    read: async (name) => {
      const file = await fileOf(name)
      return file && new Uint8Array(await file.arrayBuffer())
    },
    open: async (name) => {
      const file = await fileOf(name)
      return file && storedBlob(file)
    },
    list: async () => (await unlessMissing(async () => namesIn(await folder(false)))) ?? [],
    remove: async (name) => void (await unlessMissing(async () => (await folder(false)).removeEntry(name))),
    write: async (name, pieces) => writeAside(await folder(true), name, pieces),
    claim: async () => {
      await folder(true)
      return claimName(directory)
    },
    begin: (name) => PartInMemory.begin(store, name),
  }
  return store
}

async function folderOf(root: FileSystemDirectoryHandle, path: string, create: boolean) {
  let folder = root
  for (const name of path.split('/').filter((part) => part !== '' && part !== '.'))
    folder = await folder.getDirectoryHandle(name, { create })
  return folder
}

async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = []
  for await (const name of folder.keys()) names.push(name)
  return names
}

/** Writes a partial file and moves it: a page that is closed meanwhile leaves `<name>.<random>.part`. */
async function writeAside(folder: FileSystemDirectoryHandle, name: string, pieces: Pieces): Promise<void> {
  const aside = (await folder.getFileHandle(`${name}.${crypto.randomUUID()}.part`, { create: true })) as Handle
  const asideName = aside.name
  try {
    await fill(aside, pieces)
    // Two moves to one name at once fail.
    await navigator.locks.request(`onnx-finetune move to ${name}`, () => aside.move(name))
  } catch (error) {
    await folder.removeEntry(asideName).catch(() => {})
    throw error
  }
}

async function fill(file: FileSystemFileHandle, pieces: Pieces): Promise<void> {
  const stream = await file.createWritable()
  try {
    for await (const piece of pieces) await stream.write(piece as FileSystemWriteChunkType)
    await stream.close()
  } catch (error) {
    await stream.abort().catch(() => {})
    throw error
  }
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if ((error as DOMException).name === 'NotFoundError') return undefined
    throw error
  }
}
