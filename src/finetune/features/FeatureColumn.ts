import { sizeOf } from '../../onnx/graph/tensor.js'

/** The longest buffer, in memory or in a file: a column may have many gigabytes, and few programs take 2 at once. */
export const CHUNK_BYTES = 2 ** 28

/** One kind of features: float32 values for each sample of a data set, in chunks of whole samples. */
export class FeatureColumn {
  readonly chunks: readonly Float32Array<ArrayBuffer>[]
  /** The number of values per sample. */
  readonly size: number
  /** The number of samples in a chunk; the last may have fewer. */
  readonly #rows: number

  /** @param dims shape of one sample's features */
  constructor(
    readonly samples: number,
    readonly dims: readonly number[],
    chunkBytes: number = CHUNK_BYTES,
  ) {
    this.size = sizeOf(dims)
    this.#rows = Math.max(1, Math.floor(chunkBytes / (4 * this.size)))
    const rowsOf = (chunk: number) => Math.min(this.#rows, samples - chunk * this.#rows)
    this.chunks = Array.from(
      { length: Math.ceil(samples / this.#rows) },
      (_, chunk) => new Float32Array(rowsOf(chunk) * this.size),
    )
  }

  /** Returns the values of a sample: a view, to read or to write. */
  row(index: number): Float32Array<ArrayBuffer> {
    const at = (index % this.#rows) * this.size
    return this.chunks[Math.floor(index / this.#rows)]!.subarray(at, at + this.size)
  }
}
