/** New memory of fewer bytes is found at once. */
const SMALL = 2 ** 20

/** Memory of a batch that is done, for one to come: the largest piece that was given. */
export class SpareMemory {
  #spare: ArrayBuffer | undefined

  /** Memory of so many bytes, with whatever is in it. */
  take(bytes: number): ArrayBuffer {
    const spare = this.#spare
    if (spare?.byteLength !== bytes) return new ArrayBuffer(bytes)
    this.#spare = undefined
    return spare
  }

  give(memory: ArrayBuffer): void {
    if (memory.byteLength > (this.#spare?.byteLength ?? SMALL)) this.#spare = memory
  }
}
