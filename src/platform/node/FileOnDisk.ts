import { type FileHandle, open } from 'node:fs/promises'
import type { StoredFile } from '../contract.js'

/** The longest read: Node reads fewer than 2 GiB at once. */
const LONGEST_READ = 2 ** 30

/** A file that is read by ranges. */
export class FileOnDisk implements StoredFile {
  private constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  static async open(path: string): Promise<FileOnDisk> {
    const file = await open(path, 'r')
    return new FileOnDisk(file, (await file.stat()).size)
  }

  async read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(end - begin)
    let filled = 0
    while (filled < bytes.length) {
      const length = Math.min(LONGEST_READ, bytes.length - filled)
      const { bytesRead } = await this.file.read(bytes, filled, length, begin + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  }

  close(): Promise<void> {
    return this.file.close()
  }
}
