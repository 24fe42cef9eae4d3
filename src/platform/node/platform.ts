import { readFile } from 'node:fs/promises'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'
import type { Jimp, OrtModule, Pieces, Platform, Sharp, WorkerHandle, WorkerPort, WorkerScript } from '../contract.js'
import { fetchBytes } from '../fetchBytes.js'
import type { RuntimeName } from '../runtimes.js'
import { digest } from './digest.js'
import { encodeImage } from './encodeImage.js'
import { openStore } from './fileStore.js'
import { writeWhole } from './parts.js'

const pathOf = (source: string | URL): string =>
  source instanceof URL || source.startsWith('file:') ? fileURLToPath(source) : source

export async function readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  if (/^https?:/.test(String(source))) return fetchBytes(source, signal)
  const file = await readFile(pathOf(source), signal && { signal })
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
}

export async function writeBytes(path: string | URL, pieces: Pieces): Promise<void> {
  await writeWhole(pathOf(path), pieces)
}

export { digest, openStore }

export const hasWorkers = (): boolean => true

export function startWorker(script: WorkerScript): WorkerHandle {
  const worker = new Worker(script.url())
  let stopped = false
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.on('message', (message) => stopped || listener(message)),
    onFailure(listener) {
      worker.on('error', (error) => stopped || listener(error as Error))
      worker.on('exit', (code) => stopped || listener(new Error(`The worker stopped with exit code ${code}`)))
    },
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
    async stop() {
      stopped = true
      await worker.terminate()
    },
  }
}

export function workerPort(): WorkerPort {
  const port = parentPort
  if (!port) throw new Error('Not inside a worker thread')
  return {
    post: (message, transfer = []) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
  }
}

export async function importRuntime(name: RuntimeName): Promise<OrtModule> {
  const module = await (name === 'onnxruntime-node' ? import('onnxruntime-node') : import('onnxruntime-web'))
  return ('default' in module && module.default ? module.default : module) as OrtModule
}

export const importJimp = (): Promise<Jimp> => import('jimp')

export const decodeByBrowser = undefined

export { encodeImage }

export async function importSharp(): Promise<Sharp | undefined> {
  try {
    return (await import('sharp')).default as unknown as Sharp
  } catch (error) {
    // sharp is installed, so this is an error: another decoder would make other pixels.
    if (lacksFiles.test((error as Error).message)) throw error
    return undefined
  }
}
/** The messages about too many open files, and about a module whose existing files cannot be opened. */
const lacksFiles = /EMFILE|ENFILE|too many open files|Cannot find (package|module) '([/\\]|[a-z]:)/i

export const defaultRuntimes = (): readonly RuntimeName[] => ['onnxruntime-node', 'onnxruntime-web']
export const parallelism = (): number => availableParallelism()
/** Returns the memory of the system, or of the group of processes that a container's limit is for. */
export const availableMemory = (): number => process.availableMemory()
export const machine = (): string => `${cpus()[0]?.model.trim() ?? 'unknown'}, ${platform()} ${arch()}`

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
