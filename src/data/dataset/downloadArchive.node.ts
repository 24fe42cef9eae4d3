import { rm } from 'node:fs/promises'
import * as z from 'zod'
import { type FineTuneError, isFineTuneError } from '../../errors.js'
import { downloadFile } from '../../io/download/downloadFile.js'
import type { DownloadEvent, DownloadOptions } from '../../io/download/RemoteFile.js'
import { ioError } from '../../io/errors.js'
import { exists, unpackZip } from '../../io/zip/unpackZip.node.js'
import { checkOptions, functionSchema } from '../../options.js'
import { diskProblem, isDiskError } from '../../platform/diskProblem.js'
import { openStore } from '../../platform/node/fileStore.js'
import { dataError } from '../errors.js'

export interface DownloadArchiveOptions extends DownloadOptions {
  /** The addresses of the zip file, in the order of trying. */
  readonly urls: readonly string[]
  /** Its SHA-256 in hex digits. This or `sha1` must be given. */
  readonly sha256?: string | undefined
  /** Its SHA-1 in hex digits, where nothing better is published. */
  readonly sha1?: string | undefined
  /** Its length in bytes, if it is known. */
  readonly bytes?: number | undefined
  /** Its name in the cache. Default: the last part of the first address. */
  readonly file?: string | undefined
}

const hex = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${length}}$`, 'i'), `${length} hex digits`)
    .toLowerCase()
    .optional()

const schema = z
  .strictObject({
    urls: z.array(z.string().regex(/^https?:\/\//, 'an http(s) URL')).min(1),
    sha256: hex(64),
    sha1: hex(40),
    bytes: z.int().min(1).optional(),
    file: z
      .string()
      .regex(/^[\w][\w.-]*$/, 'a file name without a directory')
      .optional(),
    onProgress: functionSchema<(event: DownloadEvent) => void>().optional(),
    cacheDirectory: z.string().min(1).optional(),
    signal: z.instanceof(AbortSignal).optional(),
  })
  .refine(({ sha256, sha1 }) => sha256 ?? sha1, { path: ['sha256'], message: 'given, or sha1' })

/**
 * Downloads a published data set: its zip file is downloaded, checked and unpacked into the cache, once. It continues
 * an interrupted download. A file that is not the published one is refused, and so is one whose entries misstate their
 * sizes or would be written outside the directory. The zip file itself is removed afterwards.
 *
 *     const directory = await downloadArchive({ urls: ['https://example.org/pets.zip'], sha256: '9f86d0...' })
 *     const train = await ImageFolder(join(directory, 'pets', 'train'))
 *
 * @returns the directory that holds the contents of the archive
 * @throws FineTuneError 'download/failed', 'download/wrong-bytes', 'download/cache', 'dataset/bad-archive', the
 *   signal's reason, 'options/invalid'
 */
export async function downloadArchive(options: DownloadArchiveOptions): Promise<string> {
  const checked = checkOptions(schema, options, 'downloadArchive')
  const { urls, sha256, sha1, bytes, signal } = checked
  const file = checked.file ?? nameOf(urls[0]!)
  const { locate } = openStore(checked.cacheDirectory)
  const directory = locate(`${file}.${(sha256 ?? sha1!).slice(0, 16)}`)
  // The archive is no longer needed; if the disk refuses to delete it, the next call tries again.
  const removeArchive = () => rm(locate(file), { force: true }).catch(() => {})
  if (await exists(directory)) {
    await removeArchive()
    return directory
  }
  const archive = await downloadFile(file, [{ file, urls, bytes, sha256, sha1 }], checked)
  await unpackZip(archive.bytes, directory, signal).catch((cause: unknown) => {
    throw isFineTuneError(cause) ? cause : unpackingError(archive.path, directory, cause)
  })
  await removeArchive()
  return directory
}

/** Error codes of file systems for impossible names, which are the archive's fault. */
const OF_NAMES = ['ENOTDIR', 'EEXIST', 'EISDIR', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ', 'ENOENT']

function unpackingError(archive: string, directory: string, cause: unknown): FineTuneError {
  const problem = diskProblem(cause)
  const isDisk = isDiskError(cause) && !OF_NAMES.includes(cause.code)
  if (isDisk) return ioError('download/cache', { path: directory, problem }, { cause })
  return dataError('dataset/bad-archive', { archive, problem }, { cause })
}

/** Returns the last part of the address's path, as far as it is a valid file name. */
function nameOf(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? ''
  return last.replaceAll(/[^\w.-]/g, '_').replace(/^[.-]+/, '') || 'archive.zip'
}
