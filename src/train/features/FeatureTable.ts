import { sizeOf, type Tensor } from '../../onnx/tensor.js'

/** The features of every sample of a data set, each kind in one array of rows. */
export class FeatureTable {
  readonly #columns = new Map<string, { readonly dims: readonly number[]; readonly rows: Float32Array }>()
  /** 1 for samples that are here: a picture that could not be read has no features. */
  readonly #present: Uint8Array

  constructor(readonly samples: number) {
    this.#present = new Uint8Array(samples)
  }

  /** @param features float32 [indices.length, ...] by name */
  put(indices: Uint32Array, features: Readonly<Record<string, Tensor<'float32'>>>): void {
    for (const [name, { dims, data }] of Object.entries(features)) {
      const { rows } = this.#column(name, dims.slice(1))
      const size = data.length / indices.length
      for (const [i, index] of indices.entries()) rows.set(data.subarray(i * size, (i + 1) * size), index * size)
    }
    for (const index of indices) this.#present[index] = 1
  }

  /** Those of the samples that are here. */
  present(indices: Uint32Array): Uint32Array {
    return indices.filter((index) => this.#present[index])
  }

  /** The features of samples that are here, as batches [indices.length, ...] of their own memory. */
  gather(indices: Uint32Array): Record<string, Tensor<'float32'>> {
    const entries = [...this.#columns].map(([name, { dims, rows }]) => {
      const size = sizeOf(dims)
      const data = new Float32Array(indices.length * size)
      for (const [i, index] of indices.entries()) data.set(rows.subarray(index * size, (index + 1) * size), i * size)
      return [name, { type: 'float32', dims: [indices.length, ...dims], data }] as const
    })
    return Object.fromEntries(entries)
  }

  #column(name: string, dims: readonly number[]) {
    const known = this.#columns.get(name)
    if (known) return known
    const column = { dims, rows: new Float32Array(this.samples * sizeOf(dims)) }
    this.#columns.set(name, column)
    return column
  }
}
