import type { FileStore } from '../contract.js'
import { openCacheStore } from './cacheStore.js'
import { openPrivateStore, privateRoot } from './privateStore.js'

/**
 * Opens a store of files of a page's origin. A directory that a user names, for checkpoints and features, is one of the
 * origin private file system, where there is one; downloads, which can be had again, are in the Cache API.
 */
export function openStore(directory?: string): FileStore {
  const cache = openCacheStore(directory ?? 'onnx-finetune')
  return directory === undefined ? cache : later(cache, chosen(directory, cache))
}

async function chosen(directory: string, otherwise: FileStore): Promise<FileStore> {
  const root = await privateRoot()
  return root ? openPrivateStore(root, directory) : otherwise
}

/** Returns a store that is still being chosen; `known` locates files until then. */
function later(known: FileStore, choice: Promise<FileStore>): FileStore {
  let store = known
  const ready = choice.then((chosenStore) => {
    store = chosenStore
    return chosenStore
  })
  return {
    locate: (name) => store.locate(name),
    read: async (name) => (await ready).read(name),
    open: async (name) => (await ready).open(name),
    list: async () => (await ready).list(),
    remove: async (name) => (await ready).remove(name),
    write: async (name, pieces) => (await ready).write(name, pieces),
    claim: async () => (await ready).claim(),
    begin: async (name) => (await ready).begin(name),
  }
}
