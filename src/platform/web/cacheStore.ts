import type { FileStore } from '../contract.js'
import { storedBlob } from '../storedFile.js'
import { claimName } from './claimName.js'
import { PartInMemory } from './PartInMemory.js'

/** Returns an address for the Cache API, which requires one; it leads nowhere. */
const addressOf = (name: string): string => `https://onnx-finetune.invalid/${encodeURIComponent(name)}`

/**
 * Opens a store of files in a cache of the page's origin. Without a Cache API (an insecure context), nothing is kept.
 */
export function openCacheStore(directory: string): FileStore {
  const open = async () => (typeof caches === 'undefined' ? undefined : caches.open(directory))
  const store: FileStore = {
    locate: (name) => `${name} in the page's cache ${directory}`,
    async read(name) {
      const response = await (await open())?.match(addressOf(name))
      return response && new Uint8Array(await response.arrayBuffer())
    },
    async open(name) {
      const response = await (await open())?.match(addressOf(name))
      return response && storedBlob(await response.blob())
    },
    async list() {
      const requests = await (await open())?.keys()
      return (requests ?? []).map(({ url }) => decodeURIComponent(url.slice(addressOf('').length)))
    },
    remove: async (name) => void (await (await open())?.delete(addressOf(name))),
    async write(name, pieces) {
      const chunks: Uint8Array[] = []
      for await (const piece of pieces) chunks.push(piece)
      await (await open())?.put(addressOf(name), new Response(new Blob(chunks as BlobPart[])))
    },
    claim: () => claimName(directory),
    begin: (name) => PartInMemory.begin(store, name),
  }
  return store
}
