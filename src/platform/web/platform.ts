import type {
  DigestAlgorithm,
  Jimp,
  OrtModule,
  Platform,
  Sharp,
  WorkerHandle,
  WorkerPort,
  WorkerScript,
} from '../contract.js'
import { fetchBytes } from '../fetchBytes.js'
import type { RuntimeName } from '../runtimes.js'
import { beginning } from './beginning.js'
import { decodeByBrowser, encodeImage } from './images.js'
import { importRuntimeWeb } from './importRuntime.js'
import { newWorker } from './newWorker.js'
import { runtimeFiles } from './runtimeFiles.js'
import { openStore } from './webStore.js'

export const readBytes = (source: string | URL, signal?: AbortSignal): Promise<Uint8Array> => fetchBytes(source, signal)

export async function writeBytes(path: string | URL): Promise<void> {
  throw new Error(`A page cannot write the file ${path}. Take the bytes and offer them as a download`)
}

export { openStore }

export async function digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm, bytes as BufferSource)
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const hasWorkers = (): boolean => typeof Worker === 'function'

export function startWorker(script: WorkerScript): WorkerHandle {
  const worker = newWorker()
  worker.postMessage(beginning(script.inPage))
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

export function workerPort(): WorkerPort {
  const scope = globalThis as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer as Transferable[]),
    onMessage: (listener) => scope.addEventListener('message', (event) => listener(event.data)),
  }
}

export async function importRuntime(name: RuntimeName): Promise<OrtModule> {
  if (name !== 'onnxruntime-web') throw new Error(`${name} does not run in a browser. Use onnxruntime-web`)
  const ort = await importRuntimeWeb()
  const { wasmPaths } = runtimeFiles()
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths
  return ort
}

export const importSharp = async (): Promise<Sharp | undefined> => undefined
export const importJimp = async (): Promise<Jimp | undefined> => undefined
export { decodeByBrowser, encodeImage }

export const defaultRuntimes = (): readonly RuntimeName[] => ['onnxruntime-web']
export const parallelism = (): number => navigator.hardwareConcurrency || 1
export const availableMemory = (): undefined => undefined
export const machine = (): string => navigator.userAgent

;({
  readBytes,
  writeBytes,
  openStore,
  digest,
  hasWorkers,
  startWorker,
  workerPort,
  importRuntime,
  importSharp,
  importJimp,
  decodeByBrowser,
  encodeImage,
  defaultRuntimes,
  parallelism,
  availableMemory,
  machine,
}) satisfies Platform
