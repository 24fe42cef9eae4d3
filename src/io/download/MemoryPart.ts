import { joined } from '../../bytes.js'
import type { PartialFile } from '../../platform/contract.js'

/** A partial file in memory. */
export class MemoryPart implements PartialFile {
  size = 0
  private pieces: Uint8Array[] = []

  async append(bytes: Uint8Array): Promise<void> {
    this.pieces.push(bytes)
    this.size += bytes.length
  }

  async clear(): Promise<void> {
    this.pieces = []
    this.size = 0
  }

  async read(): Promise<Uint8Array> {
    return joined(this.pieces)
  }

  async keep(): Promise<void> {}

  async leave(): Promise<void> {}
}
