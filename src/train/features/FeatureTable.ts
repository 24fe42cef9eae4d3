import { sizeOf, type Tensor, zeros } from '../../onnx/tensor.js'

export type Features = Readonly<Record<string, Tensor<'float32'>>>

/** The features of every sample of a data set, each kind as rows of one tensor. */
export class FeatureTable {
  readonly #columns = new Map<string, Tensor<'float32'>>()
  /** 1 for samples that are here: a picture that could not be read has no features. */
  readonly #present: Uint8Array

  constructor(readonly samples: number) {
    this.#present = new Uint8Array(samples)
  }

  /** A table with features for every sample: float32 [samples, ...] by name. */
  static of(samples: number, columns: ReadonlyMap<string, Tensor<'float32'>>): FeatureTable {
    const table = new FeatureTable(samples)
    for (const [name, column] of columns) table.#columns.set(name, column)
    table.#present.fill(1)
    return table
  }

  get isComplete(): boolean {
    return this.#present.every(Boolean)
  }

  /** float32 [samples, ...] by name. */
  get columns(): ReadonlyMap<string, Tensor<'float32'>> {
    return this.#columns
  }

  /** @param features float32 [indices.length, ...] by name */
  put(indices: Uint32Array, features: Features): void {
    for (const [name, { dims, data }] of Object.entries(features)) {
      const rows = this.#column(name, dims.slice(1)).data
      const size = sizeOf(dims.slice(1))
      for (const [i, index] of indices.entries()) rows.set(data.subarray(i * size, (i + 1) * size), index * size)
    }
    for (const index of indices) this.#present[index] = 1
  }

  /** Those of the samples that are here. */
  present(indices: Uint32Array): Uint32Array {
    return indices.filter((index) => this.#present[index])
  }

  /** The features of samples that are here, in memory of their own: float32 [indices.length, ...] by name. */
  gather(indices: Uint32Array): Features {
    const entries = [...this.#columns].map(([name, { dims, data: rows }]) => {
      const ofOne = dims.slice(1)
      const size = sizeOf(ofOne)
      const data = new Float32Array(indices.length * size)
      for (const [i, index] of indices.entries()) data.set(rows.subarray(index * size, (index + 1) * size), i * size)
      return [name, { type: 'float32', dims: [indices.length, ...ofOne], data }] as const
    })
    return Object.fromEntries(entries)
  }

  #column(name: string, ofOne: readonly number[]): Tensor<'float32'> {
    const known = this.#columns.get(name)
    if (known) return known
    const dims = [this.samples, ...ofOne]
    const column = zeros('float32', dims)
    this.#columns.set(name, column)
    return column
  }
}
