import { randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Pieces } from '../contract.js'
import { syncDirectory } from './syncDirectory.js'
import { writeNew } from './writeAll.js'

/** Returns the name of this process's partial file: it identifies the writer, so that no two write to one file. */
export const ownPart = (directory: string, name: string): string =>
  join(directory, `${name}.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}.part`)

/** Writes a file of any length by `writeAside`, flushed to the disk. */
export const writeWhole = (path: string, pieces: Pieces): Promise<void> =>
  writeAside(path, (aside) => writeNew(aside, pieces))

/**
 * Makes a file or a directory atomically: a reader sees the old one or all of the new, never a part. Partial files of
 * processes of this host that have ended are removed, those of living ones are not touched.
 * @param write makes it at the given path
 */
export async function writeAside(target: string, write: (aside: string) => Promise<void>): Promise<void> {
  const [directory, name] = [dirname(target), basename(target)]
  const aside = ownPart(directory, name)
  try {
    for (const left of await orphans(directory, name)) await discard(left)
    await write(aside)
    await rename(aside, target)
  } catch (error) {
    await discard(aside)
    throw error
  }
  await syncDirectory(directory)
}

/** Partial files of this process that it has abandoned and could not remove. */
const abandoned = new Set<string>()

/** Marks a partial file as abandoned: the next writer of that name may take it. */
export const abandon = (part: string): void => void abandoned.add(part)

/** Removes a partial file; if the disk refuses, the next writer of that name will. */
export async function discard(part: string): Promise<void> {
  await rm(part, { recursive: true, force: true }).then(
    () => abandoned.delete(part),
    () => abandon(part),
  )
}

/**
 * Lists partial files without a writer: of processes of this host that have ended, or abandoned. None if the directory
 * cannot be read.
 */
export async function orphans(directory: string, name: string): Promise<string[]> {
  const own = `${name}.${hostname()}.`
  const isOrphan = (file: string) =>
    file.startsWith(own) &&
    file.endsWith('.part') &&
    (abandoned.has(join(directory, file)) || !isRunning(Number(file.slice(own.length).split('.')[0])))
  const files = await readdir(directory).catch(() => [])
  return files.filter(isOrphan).map((file) => join(directory, file))
}

function isRunning(pid: number): boolean {
  // A name without a process is not one of this library's files to remove.
  if (!Number.isInteger(pid) || pid <= 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
