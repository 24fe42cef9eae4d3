/** New memory of fewer bytes is found at once. */
const SMALL = 2 ** 20
/** Of the pieces, beside those of the batches on their way: an epoch's last batch is smaller, and so is validation's. */
const LAST_ONES = 2

/** Memory of batches that are done, for those to come. What is dropped instead has to be found anew, and collected. */
export class SpareMemory {
  /** The longest unused first. */
  readonly #pieces: ArrayBuffer[] = []

  /** @param batches that are on their way at once */
  constructor(private readonly batches: number) {}

  /** Memory of so many bytes, with whatever is in it. */
  take(bytes: number): ArrayBuffer {
    const at = this.#pieces.findLastIndex(({ byteLength }) => byteLength === bytes)
    return at < 0 ? new ArrayBuffer(bytes) : this.#pieces.splice(at, 1)[0]!
  }

  give(memory: ArrayBuffer): void {
    if (memory.byteLength < SMALL) return
    this.#pieces.push(memory)
    if (this.#pieces.length > this.batches + LAST_ONES) this.#pieces.shift()
  }
}
