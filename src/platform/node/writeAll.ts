import { type FileHandle, open } from 'node:fs/promises'
import type { Pieces } from '../contract.js'

/** The longest write: no system takes 2 GiB at once; between two writes other work gets its turn. */
const LONGEST_WRITE = 2 ** 24

/** Writes all of the bytes at the file's position: a disk may take fewer than it is given. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(LONGEST_WRITE, bytes.length - at))
    if (bytesWritten === 0)
      throw Object.assign(new Error('ENOSPC: the disk took no more bytes, write'), { code: 'ENOSPC', syscall: 'write' })
    at += bytesWritten
  }
}

/** Writes a new file, of any length, down to the disk. */
export async function writeNew(path: string, pieces: Pieces): Promise<void> {
  const file = await open(path, 'wx')
  try {
    for await (const piece of pieces) await writeAll(file, piece)
    await file.sync()
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
  await file.close()
}
