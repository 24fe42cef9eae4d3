import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileStore, PartialFile } from '../contract.js'
import { cacheDirectory } from './cacheDirectory.js'
import { FileOnDisk } from './FileOnDisk.js'
import { orphans, ownPart } from './parts.js'

/**
 * Files in a directory, which is made when the first one is written. What is half there is `<name>.part`; while
 * somebody writes into it, it bears his mark as well (`<name>.<host>.<process>.<random>.part`), so that two who download
 * at once never write into one file. Whose process is gone has left his part to others: the longest is gone on with, the
 * others are removed.
 */
export function openStore(directory: string = cacheDirectory()): FileStore {
  return {
    locate: (name) => join(directory, name),
    read: (name) => unlessMissing(async () => plain(await readFile(join(directory, name)))),
    open: (name) => unlessMissing(async () => FileOnDisk.open(join(directory, name))),
    list: async () => (await unlessMissing(() => readdir(directory))) ?? [],
    remove: (name) => rm(join(directory, name), { force: true }),
    async begin(name) {
      await mkdir(directory, { recursive: true })
      const part = ownPart(directory, name)
      await takeOver(await leftovers(directory, name), part)
      const file = await open(part, 'a+')
      return new PartOnDisk(file, (await file.stat()).size, {
        part,
        left: `${join(directory, name)}.part`,
        final: join(directory, name),
      })
    },
  }
}

/** Parts that nobody writes into, the longest first. */
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

/** Makes the first of them the part, and removes the others. Somebody else may do the same: only one renaming succeeds. */
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

interface Paths {
  readonly part: string
  readonly left: string
  readonly final: string
}

class PartOnDisk implements PartialFile {
  constructor(
    private readonly file: FileHandle,
    public size: number,
    private readonly paths: Paths,
  ) {}

  async append(bytes: Uint8Array): Promise<void> {
    await this.file.appendFile(bytes)
    this.size += bytes.length
  }

  async clear(): Promise<void> {
    await this.file.truncate(0)
    this.size = 0
  }

  async read(): Promise<Uint8Array> {
    return plain(await readFile(this.paths.part))
  }

  async keep(): Promise<void> {
    await this.file.sync()
    await this.file.close()
    await rename(this.paths.part, this.paths.final)
    await syncDirectory(dirname(this.paths.final))
  }

  async leave(): Promise<void> {
    await this.file.close()
    if (this.size > 0) await rename(this.paths.part, this.paths.left)
    else await rm(this.paths.part, { force: true })
  }
}

/** So that the new name outlasts a loss of power, too. Windows has no such thing. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => {})
  await directory?.close()
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
