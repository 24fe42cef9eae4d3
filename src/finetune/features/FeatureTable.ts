import type { Tensor } from '../../onnx/graph/tensor.js'
import { FeatureColumn } from './FeatureColumn.js'

export type Features = Readonly<Record<string, Tensor<'float32'>>>

/** The features of every sample of a data set, each kind as a column. */
export class FeatureTable {
  readonly #columns = new Map<string, FeatureColumn>()
  /** 1 for samples that have features: an image that could not be read has none. */
  readonly #present: Uint8Array

  constructor(readonly samples: number) {
    this.#present = new Uint8Array(samples)
  }

  /** Makes a table with features for every sample. */
  static of(samples: number, columns: ReadonlyMap<string, FeatureColumn>): FeatureTable {
    const table = new FeatureTable(samples)
    for (const [name, column] of columns) table.#columns.set(name, column)
    table.#present.fill(1)
    return table
  }

  get isComplete(): boolean {
    return this.#present.every(Boolean)
  }

  get columns(): ReadonlyMap<string, FeatureColumn> {
    return this.#columns
  }

  /** Stores features. @param features float32 [indices.length, ...] by name */
  put(indices: Uint32Array, features: Features): void {
    for (const [name, { dims, data }] of Object.entries(features)) {
      const column = this.#column(name, dims.slice(1))
      const { size } = column
      for (const [i, index] of indices.entries()) column.row(index).set(data.subarray(i * size, (i + 1) * size))
    }
    for (const index of indices) this.#present[index] = 1
  }

  /** Returns those of the samples that have features. */
  present(indices: Uint32Array): Uint32Array {
    return indices.filter((index) => this.#present[index])
  }

  /** Copies the features of samples that have them: float32 [indices.length, ...] by name. */
  gather(indices: Uint32Array): Features {
    const entries = [...this.#columns].map(([name, column]) => {
      const data = new Float32Array(indices.length * column.size)
      for (const [i, index] of indices.entries()) data.set(column.row(index), i * column.size)
      return [name, { type: 'float32', dims: [indices.length, ...column.dims], data }] as const
    })
    return Object.fromEntries(entries)
  }

  #column(name: string, ofOne: readonly number[]): FeatureColumn {
    const known = this.#columns.get(name)
    if (known) return known
    const column = new FeatureColumn(this.samples, ofOne)
    this.#columns.set(name, column)
    return column
  }
}
