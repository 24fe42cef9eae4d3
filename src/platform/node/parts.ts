import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** Where this process writes what is not whole yet. */
export const ownPart = (directory: string, name: string): string =>
  join(directory, `${name}.${hostname()}.${process.pid}.${randomUUID()}.part`)

/** Parts that nobody writes into: one that was left, and those of processes of this host that are gone. */
export async function leftovers(directory: string, name: string): Promise<string[]> {
  const own = `${name}.${hostname()}.`
  const orphaned = (file: string) =>
    file.startsWith(own) && file.endsWith('.part') && !isRunning(Number(file.slice(own.length).split('.')[0]))
  const files = await readdir(directory)
  return files.filter((file) => file === `${name}.part` || orphaned(file)).map((file) => join(directory, file))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
