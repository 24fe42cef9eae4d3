import { joined, lengthOf } from '../../bytes.js'
import type { Claim, FileStore, PartialFile } from '../contract.js'
import { storedBlob } from '../storedFile.js'

/** Returns an address for the Cache API, which requires one; it leads nowhere. */
const addressOf = (name: string): string => `https://onnx-finetune.invalid/${encodeURIComponent(name)}`

/**
 * Opens a store of files in the cache of a page's origin. Without a Cache API (an insecure context), nothing is kept.
 */
export function openStore(directory = 'onnx-finetune'): FileStore {
  const open = async () => (typeof caches === 'undefined' ? undefined : caches.open(directory))
  return {
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
      await (await open())?.put(addressOf(name), responseOf(chunks))
    },
    claim: () => claimName(directory),
    begin: async (name) => new PartInMemory(async (chunks) => (await open())?.put(addressOf(name), responseOf(chunks))),
  }
}

const responseOf = (chunks: readonly Uint8Array[]) => new Response(new Blob([...chunks] as BlobPart[]))

/** Claims a name by the Web Locks API, if it is available. */
function claimName(name: string): Promise<Claim> {
  if (!globalThis.navigator?.locks) return Promise.resolve({ async release() {} })
  return new Promise((resolve, reject) => {
    const whileHeld = (lock: unknown) => {
      if (!lock) return resolve({ heldBy: 'another page' })
      return new Promise<void>((end) => resolve({ release: async () => end() }))
    }
    navigator.locks.request(`onnx-finetune ${name}`, { ifAvailable: true }, whileHeld).catch(reject)
  })
}

/** A partial file in memory: a browser's download starts anew after an interruption. */
class PartInMemory implements PartialFile {
  #chunks: Uint8Array[] = []

  constructor(private readonly store: (chunks: readonly Uint8Array[]) => Promise<unknown>) {}

  get size(): number {
    return lengthOf(this.#chunks)
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes)
  }

  async clear(): Promise<void> {
    this.#chunks = []
  }

  async read(): Promise<Uint8Array> {
    const whole = joined(this.#chunks)
    this.#chunks = [whole]
    return whole
  }

  async keep(): Promise<void> {
    await this.store(this.#chunks)
  }

  async leave(): Promise<void> {}
}
