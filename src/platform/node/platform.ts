import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { arch, availableParallelism, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'
import type {
  FoundProviders,
  Jimp,
  OrtModule,
  Pieces,
  Platform,
  RgbPixels,
  Sharp,
  StoredFile,
  WorkerHandle,
  WorkerKind,
  WorkerPort,
} from '../contract.js'
import { fetchBytes } from '../fetchBytes.js'
import type { PageImage } from '../pageImage.js'
import type { RuntimeName } from '../runtimes.js'
import { storedBytes } from '../storedFile.js'
import { digest } from './digest.js'
import { encodeImage } from './encodeImage.js'
import { FileOnDisk } from './FileOnDisk.js'
import { openStore } from './fileStore.js'
import { writeWhole } from './parts.js'
import { parentProcess, startProcess } from './processes.js'
import { type BackendLister, providersOf } from './providersOf.js'
import { workerScripts } from './workers.js'

const pathOf = (source: string | URL): string =>
  source instanceof URL || source.startsWith('file:') ? fileURLToPath(source) : source

const isRemote = (source: string | URL): boolean => /^https?:/.test(String(source))

export async function readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  if (isRemote(source)) return fetchBytes(source, signal)
  const file = await readFile(pathOf(source), signal && { signal })
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
}

export async function openFile(source: string | URL): Promise<StoredFile> {
  if (isRemote(source)) return storedBytes(await fetchBytes(source))
  return FileOnDisk.open(pathOf(source))
}

export async function writeBytes(path: string | URL, pieces: Pieces): Promise<void> {
  await writeWhole(pathOf(path), pieces)
}

export { digest, openStore, startProcess }

export const hasWorkers = (): boolean => true

export function startWorker(kind: WorkerKind): WorkerHandle {
  const worker = new Worker(workerScripts[kind]())
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
  if (!port) return parentProcess()
  return {
    post: (message, transfer = []) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
  }
}

export async function importRuntime(name: RuntimeName, _provider?: string): Promise<OrtModule> {
  const module = await (name === 'onnxruntime-node' ? import('onnxruntime-node') : import('onnxruntime-web'))
  return ('default' in module && module.default ? module.default : module) as OrtModule
}

/** Training is on the processor unless it is asked for otherwise: then a run has the same bytes everywhere. */
export const defaultProviders = ['cpu'] as const

export async function findProviders(name: RuntimeName = 'onnxruntime-node'): Promise<FoundProviders> {
  const module = await importRuntime(name).catch(() => undefined)
  return providersOf((module as BackendLister | undefined)?.listSupportedBackends?.() ?? [])
}

export const importJimp = (): Promise<Jimp> => import('jimp') as unknown as Promise<Jimp>

export const decodeByBrowser = undefined

export { encodeImage }

export const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'onnx-finetune-'))
export const removeDirectory = (path: string): Promise<void> => rm(path, { recursive: true, force: true })

export const isPageImage = (_: unknown): _ is PageImage => false
export const readPageImage = async (_: PageImage): Promise<RgbPixels> => {
  throw new Error('Only the browser has such images')
}

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
  temporaryDirectory,
  removeDirectory,
  isPageImage,
  readPageImage,
  defaultRuntimes,
  parallelism,
  availableMemory,
  machine,
}) satisfies Platform
