import type {
  DigestAlgorithm,
  Jimp,
  OrtModule,
  Platform,
  Sharp,
  StoredFile,
  WorkerHandle,
  WorkerKind,
  WorkerPort,
} from '../contract.js'
import { fetchBytes } from '../fetchBytes.js'
import { isProcessor, type RuntimeName } from '../runtimes.js'
import { storedBytes } from '../storedFile.js'
import { beginning } from './beginning.js'
import { defaultProviders, findProviders } from './gpu.js'
import { decodeByBrowser, encodeImage, isPageImage, readPageImage } from './images.js'
import { importRuntimeWeb } from './importRuntime.js'
import { newWorker } from './newWorker.js'
import { openStore } from './webStore.js'

export const readBytes = (source: string | URL, signal?: AbortSignal): Promise<Uint8Array> => fetchBytes(source, signal)

export const openFile = async (source: string | URL): Promise<StoredFile> => storedBytes(await fetchBytes(source))

export async function writeBytes(path: string | URL): Promise<void> {
  throw new Error(`A page cannot write the file ${path}. Take the bytes and offer them as a download`)
}

export { defaultProviders, findProviders, openStore }

export async function digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm, bytes as BufferSource)
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const hasWorkers = (): boolean => typeof Worker === 'function'

export function startWorker(kind: WorkerKind): WorkerHandle {
  const worker = newWorker()
  worker.postMessage(beginning(kind))
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as Transferable[]),
    onMessage: (listener) => worker.addEventListener('message', (event) => listener(event.data)),
    onFailure: (listener) =>
      worker.addEventListener('error', (event) => listener(new Error(event.message || UNLOADABLE))),
    keepAlive() {},
    async stop() {
      worker.terminate()
    },
  }
}

/** The reason of a worker whose script a browser could not load: it tells none. */
const UNLOADABLE =
  "the browser could not load its script. Is finetune.worker.js served as JavaScript, beside the page's own scripts?"

export function startProcess(): WorkerHandle {
  throw new Error('A page starts no processes')
}

export function workerPort(): WorkerPort {
  const scope = globalThis as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer as Transferable[]),
    onMessage: (listener) => scope.addEventListener('message', (event) => listener(event.data)),
  }
}

export async function importRuntime(name: RuntimeName, provider = 'wasm'): Promise<OrtModule> {
  if (name !== 'onnxruntime-web') throw new Error(`${name} does not run in a browser. Use onnxruntime-web`)
  return importRuntimeWeb(isProcessor(provider) ? 'wasm' : 'webgpu')
}

export const importSharp = async (): Promise<Sharp | undefined> => undefined
export const importJimp = async (): Promise<Jimp | undefined> => undefined
export { decodeByBrowser, encodeImage, isPageImage, readPageImage }

const noDirectories = async (): Promise<never> => {
  throw new Error('A page has no directories')
}

export { noDirectories as removeDirectory, noDirectories as temporaryDirectory }

export const defaultRuntimes = (): readonly RuntimeName[] => ['onnxruntime-web']
export const parallelism = (): number => navigator.hardwareConcurrency || 1
export const availableMemory = (): undefined => undefined
export const machine = (): string => navigator.userAgent

;({
  readBytes,
  openFile,
  writeBytes,
  openStore,
  digest,
  hasWorkers,
  startWorker,
  startProcess,
  workerPort,
  importRuntime,
  findProviders,
  defaultProviders,
  importSharp,
  importJimp,
  decodeByBrowser,
  encodeImage,
  temporaryDirectory: noDirectories,
  removeDirectory: noDirectories,
  isPageImage,
  readPageImage,
  defaultRuntimes,
  parallelism,
  availableMemory,
  machine,
}) satisfies Platform
