import type {
  DigestAlgorithm,
  OrtModule,
  Platform,
  Sharp,
  StoredFile,
  WorkerHandle,
  WorkerPort,
  WorkerScript,
} from '../contract.js'
import { fetchBytes } from '../fetchBytes.js'
import type { RuntimeName } from '../runtimes.js'
import { storedBytes } from '../storedFile.js'
import { openStore } from './webStore.js'

export const readBytes = (source: string | URL, signal?: AbortSignal): Promise<Uint8Array> => fetchBytes(source, signal)

export const openFile = async (source: string | URL): Promise<StoredFile> => storedBytes(await fetchBytes(source))

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
  const worker = script.inPage()
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as Transferable[]),
    onMessage: (listener) => worker.addEventListener('message', (event) => listener(event.data)),
    onFailure: (listener) =>
      worker.addEventListener('error', (event) => listener(new Error(event.message || 'The worker could not start'))),
    keepAlive() {},
    async stop() {
      worker.terminate()
    },
  }
}

export function workerPort(): WorkerPort {
  const scope = globalThis as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer as Transferable[]),
    onMessage: (listener) => scope.addEventListener('message', (event) => listener(event.data)),
  }
}

export async function importRuntime(name: RuntimeName): Promise<OrtModule> {
  if (name !== 'onnxruntime-web') throw new Error(`${name} does not run in a browser. Use onnxruntime-web`)
  return (await import('onnxruntime-web')) as unknown as OrtModule
}

export const importSharp = async (): Promise<Sharp | undefined> => undefined

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
  workerPort,
  importRuntime,
  importSharp,
  defaultRuntimes,
  parallelism,
  availableMemory,
  machine,
}) satisfies Platform
