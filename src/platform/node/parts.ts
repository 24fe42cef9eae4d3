import { randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** Where this process writes what is not whole yet: it bears the mark of who writes, so that two never write into one. */
export const ownPart = (directory: string, name: string): string =>
  join(directory, `${name}.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}.part`)

/**
 * Makes a file or a directory that a reader sees as it was before or whole, never a part of it. What processes of this host
 * that are gone have left of it is removed, what living ones write is not touched.
 * @param write makes it at the path that it is given
 */
export async function writeAside(target: string, write: (aside: string) => Promise<void>): Promise<void> {
  const [directory, name] = [dirname(target), basename(target)]
  const aside = ownPart(directory, name)
  try {
    for (const left of await orphans(directory, name)) await rm(left, { recursive: true, force: true })
    await write(aside)
    await rename(aside, target)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  }
}

/** Parts of processes of this host that are gone. In a directory that cannot be read there are none. */
export async function orphans(directory: string, name: string): Promise<string[]> {
  const own = `${name}.${hostname()}.`
  const isOrphan = (file: string) =>
    file.startsWith(own) && file.endsWith('.part') && !isRunning(Number(file.slice(own.length).split('.')[0]))
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
