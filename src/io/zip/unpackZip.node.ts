import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeAside } from '../../platform/node/parts.js'
import { demandInside } from './demandInside.js'
import { openZip, type ZipEntry } from './openZip.js'
import { ZipError } from './ZipError.js'

/**
 * Unpacks a zip file into a directory that does not exist yet. It is written beside it and renamed, so a directory that
 * exists is complete; the remains of a process that was killed are removed. Links and permissions are not restored. Two
 * processes may do this at once: the first wins.
 *
 * @throws ZipError if the file is damaged or an entry would lie outside the directory; errors of the disk; the signal's
 *   reason
 */
export async function unpackZip(
  bytes: Uint8Array,
  directory: string,
  signal?: AbortSignal,
  platform: string = process.platform,
): Promise<void> {
  const entries = [...openZip(bytes).values()]
  for (const { name } of entries) demandInside(name, platform)
  await mkdir(dirname(directory), { recursive: true })
  try {
    await writeAside(directory, async (aside) => {
      for (const entry of entries) {
        signal?.throwIfAborted()
        await unpack(entry, aside)
      }
      await mkdir(aside, { recursive: true })
    })
  } catch (error) {
    if (!(await exists(directory)) || error instanceof ZipError) throw error
  }
}

async function unpack(entry: ZipEntry, root: string): Promise<void> {
  const path = join(root, entry.name)
  if (entry.name.endsWith('/')) {
    await mkdir(path, { recursive: true })
    return
  }
  await mkdir(dirname(path), { recursive: true })
  // 'wx': two names may be the same file, if the disk does not distinguish A from a.
  await writeFile(path, await entry.read(), { flag: 'wx' })
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
