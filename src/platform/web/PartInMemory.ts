import { joined, lengthOf } from '../../bytes.js'
import type { FileStore, PartialFile } from '../contract.js'

/**
 * A partial file in memory. It is stored when its writer leaves it, so that another attempt continues it; a page that
 * is closed meanwhile loses it, and starts anew.
 */
export class PartInMemory implements PartialFile {
  private constructor(
    private readonly store: FileStore,
    private readonly name: string,
    private chunks: Uint8Array[],
    private isStored: boolean,
  ) {}

  static async begin(store: FileStore, name: string): Promise<PartInMemory> {
    const left = await store.read(`${name}.part`)
    return new PartInMemory(store, name, left ? [left] : [], left !== undefined)
  }

  get size(): number {
    return lengthOf(this.chunks)
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.chunks.push(bytes)
  }

  async clear(): Promise<void> {
    this.chunks = []
  }

  async read(): Promise<Uint8Array> {
    const whole = joined(this.chunks)
    this.chunks = [whole]
    return whole
  }

  async keep(): Promise<void> {
    await this.store.write(this.name, this.chunks)
    await this.forget()
  }

  async leave(): Promise<void> {
    if (this.size === 0) return this.forget()
    await this.store.write(`${this.name}.part`, this.chunks)
  }

  private async forget(): Promise<void> {
    if (this.isStored) await this.store.remove(`${this.name}.part`)
  }
}
