import { open } from 'node:fs/promises'

/** So that new names in it outlast a loss of power, too. Windows has no such thing, some file systems refuse it: then it is as it is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => {})
  await directory?.close().catch(() => {})
}
