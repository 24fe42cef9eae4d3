import type * as Ort from 'onnxruntime-common'
import type { PageImage } from './pageImage.js'
import type { ExecutionProviders, RuntimeName, TriedProvider } from './runtimes.js'

/**
 * The differences between Node and a browser. `#platform` resolves to `node.ts` or `web.ts`, each of which exports
 * exactly this.
 */
export interface Platform {
  /** Reads the bytes of a file (Node: path or `file:` URL) or of an HTTP(S) URL. */
  readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * Opens a file (Node: path or `file:` URL) to read by ranges, however large it is. An HTTP(S) URL is read at once,
   * into memory.
   */
  openFile(source: string | URL): Promise<StoredFile>
  /**
   * Writes a file of any length atomically: a reader sees the old bytes or the new ones, never a part, whatever fails.
   * Removes the partial files of writers that were killed (Node only).
   */
  writeBytes(path: string | URL, pieces: Pieces): Promise<void>
  /**
   * Opens the store of downloaded files. Node: `directory`, or $ONNX_FINETUNE_CACHE, or the platform's cache directory.
   * Browser: the Cache API, if it is available; `directory` is its name.
   */
  openStore(directory?: string): FileStore
  /**
   * Returns a digest in hex digits. The calling thread is blocked for a few milliseconds at a time, whatever the
   * length.
   */
  digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<string>
  /** Tells whether `startWorker` works: not in every browser context. */
  hasWorkers(): boolean
  /** Starts a module worker. */
  startWorker(kind: WorkerKind): WorkerHandle
  /**
   * Starts a process of its own that carries out jobs: one that dies takes nothing else along. Throws in the browser.
   *
   * @param script Default: that of this library
   */
  startProcess(script?: URL): WorkerHandle
  /** Returns, inside a worker, the port to the thread that started it, or to the process. */
  workerPort(): WorkerPort
  /** Imports the ONNX Runtime package of that name, on first use: the part of it that has the provider. */
  importRuntime(name: RuntimeName, provider?: string): Promise<OrtModule>
  /**
   * Finds the execution providers, apart from the processor, that may be faster than it, the most promising first, and
   * the reasons against others. Undefined for the package stands for the first of `defaultRuntimes`.
   */
  findProviders(name: RuntimeName | undefined): Promise<FoundProviders>
  /** The execution providers to use by default. */
  readonly defaultProviders: ExecutionProviders
  /**
   * Imports sharp, if it is installed (Node only). Throws if it is installed, but too many files are open to load it.
   */
  importSharp(): Promise<Sharp | undefined>
  /** Imports jimp; undefined in the browser, which decodes and encodes images itself. */
  importJimp(): Promise<Jimp | undefined>
  /**
   * Decodes an image file by the browser, to pixels as they are stored: without colour management, alpha dropped.
   * Undefined in Node.
   */
  readonly decodeByBrowser: ((file: Uint8Array, type: string) => Promise<RgbPixels>) | undefined
  /** Encodes pixels as an image file: by jimp, or by the browser. @param quality of a JPEG, from 0 to 100 */
  encodeImage(pixels: RgbaPixels, type: 'image/png' | 'image/jpeg', quality?: number): Promise<Uint8Array>
  /** Makes a directory for files that only this process needs. Throws in the browser. */
  temporaryDirectory(): Promise<string>
  /** Removes a directory and everything in it, if it is there. Throws in the browser. */
  removeDirectory(path: string): Promise<void>
  /** Tells whether a value is an image of the page, which `readPageImage` reads. None is in Node. */
  isPageImage(value: unknown): value is PageImage
  /** Reads the pixels that an image of the page shows, alpha dropped. */
  readPageImage(image: PageImage): Promise<RgbPixels>
  /** Returns the runtimes to use by default. */
  defaultRuntimes(): readonly RuntimeName[]
  /** Returns the number of threads that this process may keep busy. */
  parallelism(): number
  /**
   * Returns the bytes of memory that this process may additionally allocate; undefined if unknown, as in the browser.
   */
  availableMemory(): number | undefined
  /** Describes the machine that arithmetic may depend on: processor and system, or the browser. */
  machine(): string
}

export type DigestAlgorithm = 'SHA-256' | 'SHA-1'

/** The bytes of a file, one piece after another: no buffer need be as long as the file. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Files by name. */
export interface FileStore {
  /** Returns the present or future location of the file of that name, for people. */
  locate(name: string): string
  /** Reads the bytes of a file, or undefined if it does not exist. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Opens a file to read by ranges, however large it is, or undefined if it does not exist. */
  open(name: string): Promise<StoredFile | undefined>
  /** Lists the names of the files, in no particular order. */
  list(): Promise<string[]>
  remove(name: string): Promise<void>
  /**
   * Writes a file of any length atomically: a reader sees the old contents or all of the new; a failure leaves nothing
   * behind.
   */
  write(name: string, pieces: Pieces): Promise<void>
  /** Claims the directory for one user, until it is released, or the user's process or page ends. */
  claim(): Promise<Claim>
  /**
   * Begins to write a partial file, which contains the bytes of an interrupted attempt. It is exclusive to this writer.
   */
  begin(name: string): Promise<PartialFile>
}

/** A directory that was claimed, or the description of the user that holds it. */
export type Claim = { release(): Promise<void> } | { readonly heldBy: string }

export interface StoredFile {
  /** The length in bytes. */
  readonly size: number
  /** Reads the bytes from `begin` up to `end`: fewer if the file has become shorter. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

export interface PartialFile {
  /** The number of bytes written. */
  readonly size: number
  append(bytes: Uint8Array): Promise<void>
  /** Empties it. */
  clear(): Promise<void>
  read(): Promise<Uint8Array>
  /** Ends writing: it becomes the file of its name. */
  keep(): Promise<void>
  /** Ends writing, and keeps the partial file for another attempt. */
  leave(): Promise<void>
}

export type OrtModule = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>

export interface FoundProviders {
  readonly providers: readonly string[]
  readonly refused: readonly TriedProvider[]
}

/** The part of sharp's interface that this library uses (its own types exist only if it is installed). */
export type Sharp = (bytes: Uint8Array, options: object) => SharpImage
export interface SharpImage {
  pipelineColourspace(space: string): SharpImage
  toColourspace(space: string): SharpImage
  removeAlpha(): SharpImage
  raw(options: { depth: 'uchar' | 'ushort' }): SharpImage
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array
    info: { width: number; height: number; channels: number }
  }>
}

export interface Jimp {
  readonly Jimp: {
    fromBuffer(
      bytes: ArrayBuffer,
      options: object,
    ): Promise<{ readonly bitmap: { readonly data: Uint8Array; readonly width: number; readonly height: number } }>
  }
}

/** Rows of pixels from the top, three bytes each. */
export interface RgbPixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** Rows of pixels from the top, four bytes each. */
export interface RgbaPixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** The workers that can be started: the platform knows where their scripts lie. */
export type WorkerKind = 'host' | 'loader' | 'classifier'

export interface WorkerHandle {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
  /**
   * Listens for a failure of the worker outside any message: it could not start, threw at top level, ran out of memory
   * or exited.
   */
  onFailure(listener: (error: Error) => void): void
  /** Sets whether a Node process waits for this worker before it ends. Initially it does. */
  keepAlive(on: boolean): void
  /** Stops the worker; no listener is called afterwards. */
  stop(): Promise<void>
}

export interface WorkerPort {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
}
