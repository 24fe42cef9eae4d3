import type * as Ort from 'onnxruntime-common'
import type { RuntimeName } from './runtimes.js'

/** What differs between Node and a browser. `#platform` resolves to `node.ts` or `web.ts`, each of which exports exactly this. */
export interface Platform {
  /** The bytes of a file (Node: path or `file:` URL) or of an HTTP(S) URL. */
  readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * Writes a file of any length so that a reader sees the old bytes or the new ones, never a part, whatever fails, and clears up
   * after writers that were killed (Node only).
   */
  writeBytes(path: string | URL, pieces: Pieces): Promise<void>
  /**
   * Where downloaded files are kept. Node: `directory`, or $ONNX_FINETUNE_CACHE, or the platform's place for caches.
   * A page: the Cache API, where there is one; `directory` is its name.
   */
  openStore(directory?: string): FileStore
  /** A digest in hex digits. The calling thread is held up for a few milliseconds at a time, however many bytes there are. */
  digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<string>
  /** Whether `startWorker` works: not in every page. */
  hasWorkers(): boolean
  /** Starts a module worker. */
  startWorker(script: WorkerScript): WorkerHandle
  /** Inside a worker: the port to the thread that started it. */
  workerPort(): WorkerPort
  /** The ONNX Runtime package of that name, loaded on first use. */
  importRuntime(name: RuntimeName): Promise<OrtModule>
  /** The picture library sharp, if it is installed (Node only). Throws if it is, and too many files are open to load it. */
  importSharp(): Promise<Sharp | undefined>
  /** The runtime to use when the user names none. */
  defaultRuntimes(): readonly RuntimeName[]
  /** How many threads this process may keep busy. */
  parallelism(): number
  /** Bytes of memory that this process may take beyond what it has; undefined where nothing tells, as in a page. */
  availableMemory(): number | undefined
  /** What arithmetic may depend on, in words: processor and system, or the browser. */
  machine(): string
}

export type DigestAlgorithm = 'SHA-256' | 'SHA-1'

/** The bytes of a file, one after another: no buffer need be as long as the file. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Files by name. */
export interface FileStore {
  /** Where a file of that name lies or would lie, for people. */
  locate(name: string): string
  /** The bytes of a file, or undefined where there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** A file to read by ranges, however large it is, or undefined where there is none. */
  open(name: string): Promise<StoredFile | undefined>
  /** Names of the files that are there, in no order. */
  list(): Promise<string[]>
  remove(name: string): Promise<void>
  /** Writes a file of any length: a reader sees what was there before or all of it, and nothing of it stays where that fails. */
  write(name: string, pieces: Pieces): Promise<void>
  /** Takes the directory for one user alone, until it is released, or his process or page ends. */
  claim(): Promise<Claim>
  /** Begins to write a file aside, with what an interrupted attempt left. Nobody else writes into it. */
  begin(name: string): Promise<PartialFile>
}

/** A directory that is taken, or by whom else it is. */
export type Claim = { release(): Promise<void> } | { readonly heldBy: string }

export interface StoredFile {
  /** Bytes. */
  readonly size: number
  /** The bytes from `begin` up to `end`: fewer where the file has become shorter. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number
  append(bytes: Uint8Array): Promise<void>
  /** Makes it empty. */
  clear(): Promise<void>
  read(): Promise<Uint8Array>
  /** Ends writing: it is now the file of its name. */
  keep(): Promise<void>
  /** Ends writing, and leaves what is there for another attempt. */
  leave(): Promise<void>
}

export type OrtModule = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>

/** As much of sharp's interface as this library uses (its own types are there only where it is installed). */
export type Sharp = (bytes: Uint8Array, options: object) => SharpPicture
export interface SharpPicture {
  pipelineColourspace(space: string): SharpPicture
  toColourspace(space: string): SharpPicture
  removeAlpha(): SharpPicture
  raw(options: { depth: 'uchar' | 'ushort' }): SharpPicture
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array
    info: { width: number; height: number; channels: number }
  }>
}

/**
 * Where a worker's script is, said twice: bundlers for pages (Vite, webpack) find, bundle and rename a worker only where
 * a page's `Worker` is constructed on a literal URL; Node, which has another `Worker`, takes the URL.
 *
 *     startWorker({
 *       url: () => new URL('./host.worker.js', import.meta.url),
 *       inPage: () => new Worker(new URL('./host.worker.js', import.meta.url), { type: 'module' }),
 *     })
 */
export interface WorkerScript {
  url(): URL
  inPage(): Worker
}

export interface WorkerHandle {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
  /** The worker failed outside any message: it could not start, threw at top level, ran out of memory or stopped by itself. */
  onFailure(listener: (error: Error) => void): void
  /** Whether a Node process waits for this worker before it ends. At first it does. */
  keepAlive(on: boolean): void
  /** Stops the worker; no listener is called afterwards. */
  stop(): Promise<void>
}

export interface WorkerPort {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
}
