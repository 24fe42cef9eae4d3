import { randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Pieces } from '../contract.js'
import { syncDirectory } from './syncDirectory.js'
import { writeNew } from './writeAll.js'

/** Where this process writes what is not whole yet: it bears the mark of who writes, so that two never write into one. */
export const ownPart = (directory: string, name: string): string =>
  join(directory, `${name}.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}.part`)

/** Writes a file of any length as `writeAside` makes it, flushed to the disk. */
export const writeWhole = (path: string, pieces: Pieces): Promise<void> =>
  writeAside(path, (aside) => writeNew(aside, pieces))

/**
 * Makes a file or a directory that a reader sees as it was before or whole, never a part of it. What processes of this host
 * that are gone have left of it is removed, what living ones write is not touched.
 * @param write makes it at the path that it is given
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

/** Parts of this process that it has given up and could not remove. */
const abandoned = new Set<string>()

/** Nobody writes into a part any more: the next writer of that name may have it. */
export const abandon = (part: string): void => void abandoned.add(part)

/** Removes a part; where the disk refuses, the next writer of that name will. */
export async function discard(part: string): Promise<void> {
  await rm(part, { recursive: true, force: true }).then(
    () => abandoned.delete(part),
    () => abandon(part),
  )
}

/** Parts that nobody writes into: of processes of this host that are gone, or given up. In a directory that cannot be read there are none. */
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
  // What bears no process is not ours to remove.
  if (!Number.isInteger(pid) || pid <= 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
