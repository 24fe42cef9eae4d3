import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileStore, PartialFile } from '../contract.js'
import { cacheDirectory } from './cacheDirectory.js'
import { claimDirectory } from './claim.js'
import { FileOnDisk } from './FileOnDisk.js'
import { abandon, discard, orphans, ownPart, writeWhole } from './parts.js'
import { syncDirectory } from './syncDirectory.js'
import { writeAll } from './writeAll.js'

/**
 * Opens a store of files in a directory, which is created when the first one is written. A partial file is
 * `<name>.part`; while it is being written, its name identifies the writer as well
 * (`<name>.<host>.<process>.<random>.part`), so that two concurrent downloads never write to one file. The partial
 * files of processes that have ended are free: the longest is continued, the others are removed.
 */
export function openStore(directory: string = cacheDirectory()): FileStore {
  return {
    locate: (name) => join(directory, name),
    read: (name) => unlessMissing(async () => plain(await readFile(join(directory, name)))),
    open: (name) => unlessMissing(async () => FileOnDisk.open(join(directory, name))),
    list: async () => (await unlessMissing(() => readdir(directory))) ?? [],
    remove: (name) => rm(join(directory, name), { force: true }),
    async write(name, pieces) {
      await mkdir(directory, { recursive: true })
      await writeWhole(join(directory, name), pieces)
    },
    claim: () => claimDirectory(directory),
    async begin(name) {
      await mkdir(directory, { recursive: true })
      const part = ownPart(directory, name)
      await takeOver(await leftovers(directory, name), part)
      try {
        return await PartOnDisk.open(part, join(directory, name))
      } catch (error) {
        abandon(part)
        throw error
      }
    },
  }
}

/** Lists partial files without a living writer, the longest first. */
async function leftovers(directory: string, name: string): Promise<string[]> {
  const sizeOf = (path: string) =>
    stat(path).then(
      ({ size }) => ({ path, size }),
      () => [],
    )
  const left = [join(directory, `${name}.part`), ...(await orphans(directory, name))]
  const sized = (await Promise.all(left.map(sizeOf))).flat()
  return sized.sort((a, b) => b.size - a.size).map(({ path }) => path)
}

/**
 * Renames the first of them to the partial file, and removes the others. With concurrent processes only one renaming
 * succeeds.
 */
async function takeOver(left: readonly string[], part: string): Promise<void> {
  let isTaken = false
  for (const path of left) {
    if (isTaken) await rm(path, { force: true })
    else
      isTaken = await rename(path, part).then(
        () => true,
        () => false,
      )
  }
}

class PartOnDisk implements PartialFile {
  private constructor(
    private readonly file: FileHandle,
    public size: number,
    private readonly part: string,
    private readonly final: string,
  ) {}

  static async open(part: string, final: string): Promise<PartOnDisk> {
    const file = await open(part, 'a+')
    try {
      return new PartOnDisk(file, (await file.stat()).size, part, final)
    } catch (error) {
      await file.close().catch(() => {})
      throw error
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeAll(this.file, bytes)
    this.size += bytes.length
  }

  async clear(): Promise<void> {
    await this.file.truncate(0)
    this.size = 0
  }

  async read(): Promise<Uint8Array> {
    return plain(await readFile(this.part))
  }

  async keep(): Promise<void> {
    await this.file.sync()
    await this.file.close()
    await rename(this.part, this.final)
    await syncDirectory(dirname(this.final))
  }

  async leave(): Promise<void> {
    await this.file.close().catch(() => {})
    if (this.size === 0) await discard(this.part)
    else await rename(this.part, `${this.final}.part`).catch(() => abandon(this.part))
  }
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const plain = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
