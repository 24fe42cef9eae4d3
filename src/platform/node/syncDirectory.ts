import { open } from 'node:fs/promises'

/**
 * Flushes a directory, so that new names survive a loss of power too. Windows cannot do it, some file systems refuse:
 * then nothing is done.
 */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => {})
  await directory?.close().catch(() => {})
}
