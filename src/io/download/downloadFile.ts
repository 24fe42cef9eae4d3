import { openStore } from '#platform'
import type { FineTuneError } from '../../errors.js'
import type { FileStore, PartialFile } from '../../platform/contract.js'
import { diskProblem, isDiskError } from '../../platform/diskProblem.js'
import { ioError } from '../errors.js'
import { digest } from './digest.js'
import { DownloadProblem, fetchInto } from './fetchInto.js'
import type { DownloadEvent, DownloadOptions, RemoteFile } from './RemoteFile.js'

export interface DownloadedFile {
  readonly bytes: Uint8Array
  /** The path of the file in the cache, for messages. */
  readonly path: string
}

/** The most attempts at an address that breaks off after some bytes; one that delivers none is not tried again. */
const MOST_ATTEMPTS = 5

/**
 * Returns the bytes of the first available one of several equivalent files: from the cache, or downloaded into it. An
 * interrupted download is continued. Nothing is used or kept whose digest is not the published one; the file appears in
 * the cache complete. Any number of processes may do this at once.
 *
 * @param what the name of the files in errors: 'the weights IMAGENET1K_V1'
 * @throws FineTuneError 'download/failed' (which says which file to put where), 'download/wrong-bytes',
 *   'download/cache' (the directory cannot be used), the signal's reason
 */
export async function downloadFile(
  what: string,
  files: readonly RemoteFile[],
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  const store = openStore(options.cacheDirectory)
  const failures: Failure[] = []
  for (const file of files) {
    const bytes = await onDisk(store, file, () => store.read(file.file))
    const problem = bytes && (await misfit(bytes, file))
    if (bytes && !problem) return { bytes, path: store.locate(file.file) }
    if (problem) failures.push({ url: store.locate(file.file), problem, kind: 'wrong bytes', file })
  }
  for (const file of files) {
    const bytes = await download(store, file, options, failures)
    if (bytes) return { bytes, path: store.locate(file.file) }
  }
  throw failed(what, files, store, failures)
}

interface Failure {
  readonly url: string
  readonly problem: string
  readonly kind: DownloadProblem['kind']
  readonly file: RemoteFile
}

async function download(
  store: FileStore,
  file: RemoteFile,
  options: DownloadOptions,
  failures: Failure[],
): Promise<Uint8Array | undefined> {
  const part = await onDisk(store, file, () => store.begin(file.file))
  let kept = false
  try {
    for (const url of file.urls) {
      const result = await fromUrl(part, file, url, options)
      if (result instanceof Uint8Array) {
        await onDisk(store, file, () => part.keep())
        kept = true
        options.onProgress?.({ type: 'downloaded', file: file.file, path: store.locate(file.file) })
        return result
      }
      failures.push({ url, problem: result.message, kind: result.kind, file })
      options.onProgress?.({ type: 'downloadFailed', file: file.file, url, problem: result.message })
    }
    return undefined
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw isDiskError(cause) ? unusable(store, file, cause) : cause
  } finally {
    if (!kept) await part.leave().catch(() => {})
  }
}

/** Returns the verified bytes, or the reason why this address does not have them. */
async function fromUrl(
  part: PartialFile,
  file: RemoteFile,
  url: string,
  { signal, onProgress }: DownloadOptions,
): Promise<Uint8Array | DownloadProblem> {
  const onBytes = throttle(file, url, onProgress)
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    const before = part.size
    try {
      await fetchInto(part, url, { bytes: file.bytes, signal, onBytes })
    } catch (error) {
      if (!(error instanceof DownloadProblem)) throw error
      if (error.kind === 'wrong bytes') await part.clear()
      if (error.kind === 'cut off' && part.size > before && attempt < MOST_ATTEMPTS) continue
      return error
    }
    const bytes = await part.read()
    const problem = await misfit(bytes, file)
    if (!problem) return bytes
    await part.clear()
    // The bytes of an earlier attempt may have been wrong.
    if (before === 0 || attempt >= MOST_ATTEMPTS)
      return new DownloadProblem(`sent other bytes: ${problem}`, 'wrong bytes')
  }
}

/** Returns the difference of these bytes from the published ones, if there is one. */
async function misfit(bytes: Uint8Array, file: RemoteFile): Promise<string | undefined> {
  if (file.bytes !== undefined && bytes.length !== file.bytes) return `${bytes.length} bytes instead of ${file.bytes}`
  for (const [algorithm, published] of [
    ['SHA-256', file.sha256],
    ['SHA-1', file.sha1],
  ] as const) {
    const actual = published && (await digest(algorithm, bytes))
    if (actual && !actual.startsWith(published)) return `their ${algorithm} is ${actual} instead of ${published}`
  }
  return undefined
}

/** Returns a function that reports each hundredth of the file, or each mebibyte if its length is unknown. */
function throttle({ file }: RemoteFile, url: string, report: ((event: DownloadEvent) => void) | undefined) {
  let last = -1
  return (received: number, total: number | undefined) => {
    const mark = Math.floor(total ? (received * 100) / total : received / 2 ** 20)
    if (mark === last) return
    last = mark
    report?.({ type: 'download', file, url, received, total })
  }
}

function failed(
  what: string,
  files: readonly RemoteFile[],
  store: FileStore,
  failures: readonly Failure[],
): FineTuneError {
  const [first] = failures
  if (first && failures.every(({ kind }) => kind === 'wrong bytes'))
    return ioError('download/wrong-bytes', { file: first.file.file, url: first.url, problem: first.problem })
  const attempts = failures.map(({ url, problem }) => ({ url, problem }))
  const places = files.map(({ file, urls }) => ({ url: urls[0] ?? file, path: store.locate(file) }))
  return ioError('download/failed', { what, attempts, places })
}

async function onDisk<T>(store: FileStore, file: RemoteFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw unusable(store, file, cause)
  }
}

function unusable(store: FileStore, { file }: RemoteFile, cause: unknown): FineTuneError {
  return ioError('download/cache', { path: store.locate(file), problem: diskProblem(cause) }, { cause })
}
