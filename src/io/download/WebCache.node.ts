import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { diskProblem } from '../../platform/diskProblem.js'
import { ioError } from '../errors.js'
import { crc32 } from '../zip/crc32.js'
import { fetchPatiently, type PatientOptions } from './fetchPatiently.js'

export interface WebCacheOptions extends PatientOptions {
  readonly directory: string
  /** The most bytes of all files, about: each process counts what it writes, and looks after a sixteenth of it. */
  readonly bytes: number
}

/** The bytes after a file: its checksum and its length, so that one that a crash has cut off is not taken for whole. */
const TRAILER = 8
/** The milliseconds by which the time of a file may lie before the clock: a tick of the kernel, two seconds on FAT. */
const COARSE = 2000
/** A partial file of this age in milliseconds has lost its writer. */
const ABANDONED = 86_400_000

/**
 * Files of the web on disk, each under the hash of its URL: written aside and renamed, so that any number of processes
 * may use one directory. When it is full, the files go that no process has used since this one began, the oldest first;
 * if there are none, nothing more is kept: those who go through all files again and again find more in a part that stays
 * than in the last that came.
 */
export class WebCache {
  private readonly begun = Date.now() - COARSE
  private readonly coming = new Map<string, Promise<Uint8Array>>()
  private written = 0
  private isFull = false
  private looking: Promise<void> | undefined

  constructor(private readonly options: WebCacheOptions) {}

  /**
   * Returns the bytes of a URL.
   *
   * @throws FineTuneError 'download/gone', 'download/too-large', 'download/unreachable', 'download/cache'
   */
  async read(url: string): Promise<Uint8Array> {
    const known = this.coming.get(url)
    if (known) return known
    const coming = this.find(url).finally(() => this.coming.delete(url))
    this.coming.set(url, coming)
    return coming
  }

  private async find(url: string): Promise<Uint8Array> {
    const path = this.pathOf(url)
    const kept = await this.open(path)
    if (kept) return kept
    const bytes = await fetchPatiently(url, this.options)
    if (!this.isFull) await this.keep(path, bytes)
    return bytes
  }

  private async open(path: string): Promise<Uint8Array | undefined> {
    const file = await readFile(path).catch(() => undefined)
    if (!file) return undefined
    const bytes = new Uint8Array(file.buffer, file.byteOffset, Math.max(file.length - TRAILER, 0))
    if (file.length < TRAILER || !file.subarray(bytes.length).equals(trailerOf(bytes))) return undefined
    // Marks it as used, once.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (mtimeMs < this.begun) await utimes(path, new Date(), new Date()).catch(() => {})
    return bytes
  }

  private async keep(path: string, bytes: Uint8Array): Promise<void> {
    const aside = `${path}.${randomUUID()}.part`
    try {
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(aside, [bytes, trailerOf(bytes)])
      await rename(aside, path)
    } catch (cause) {
      await rm(aside, { force: true }).catch(() => {})
      throw ioError('download/cache', { path, problem: diskProblem(cause) }, { cause })
    }
    this.written += bytes.length + TRAILER
    if (this.written < this.options.bytes / 16) return
    this.looking ??= this.makeRoom().finally(() => {
      this.looking = undefined
    })
    await this.looking
  }

  /** Removes the oldest files that no process uses, until an eighth is free. */
  private async makeRoom(): Promise<void> {
    this.written = 0
    const { bytes } = this.options
    const files = await this.files()
    let total = files.reduce((sum, { size }) => sum + size, 0)
    if (total <= bytes * (15 / 16)) return
    for (const { path, size, mtimeMs } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= bytes * (7 / 8) || mtimeMs >= this.begun) break
      await rm(path, { force: true }).catch(() => {})
      total -= size
    }
    this.isFull = total > bytes * (15 / 16)
  }

  private async files() {
    const { directory } = this.options
    const names = await readdir(directory, { recursive: true }).catch(() => [])
    const found: { readonly path: string; readonly size: number; readonly mtimeMs: number }[] = []
    for (const name of names) {
      const path = join(directory, name)
      const facts = await stat(path).catch(() => undefined)
      if (!facts?.isFile()) continue
      if (name.endsWith('.part') && facts.mtimeMs < Date.now() - ABANDONED) await rm(path, { force: true })
      else found.push({ path, size: facts.size, mtimeMs: facts.mtimeMs })
    }
    return found
  }

  private pathOf(url: string): string {
    const hash = createHash('sha256').update(url).digest('hex')
    return join(this.options.directory, hash.slice(0, 2), hash.slice(2, 40))
  }
}

function trailerOf(bytes: Uint8Array): Uint8Array {
  const trailer = new DataView(new ArrayBuffer(TRAILER))
  trailer.setUint32(0, crc32(bytes))
  trailer.setUint32(4, bytes.length)
  return new Uint8Array(trailer.buffer)
}
