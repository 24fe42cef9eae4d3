import { float32, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import { normalizeRows, poolRows, product } from '../../probe/rows.js'
import { TimeSlicer } from '../../TimeSlicer.js'

/** The numbers of nearest images of recall@k, those of Oh Song et al. (2016, arXiv 1511.06452). */
const NEAREST = [1, 2, 4, 8] as const

/** The most multiplications: some seconds. Of more images evenly spaced ones are compared with all. */
const MOST_PRODUCTS = 1e10

/** The retrieval of images among themselves by the cosines of their embeddings, of several batches. */
export class Retrieval {
  readonly #labels: number[] = []
  /** The directions of the embeddings, of length 1. */
  readonly #vectors: Float32Array[] = []

  /** @param mostProducts the most multiplications of `result`. Default: some seconds' worth */
  constructor(private readonly mostProducts = MOST_PRODUCTS) {}

  /** Adds a batch. @param embeddings float32 [n, size], or maps [n, size, height, width], which are averaged */
  add(embeddings: Tensor<'float32'>, labels: Tensor<'int64'>): void {
    const [count = 0, size = 1, ...positions] = embeddings.dims
    const vectors = float32(poolRows(embeddings.data, sizeOf(positions)), [count, size])
    const { data } = normalizeRows(vectors)
    for (const [row, label] of labels.data.entries()) {
      this.#vectors.push(data.subarray(row * size, (row + 1) * size))
      this.#labels.push(Number(label))
    }
  }

  /**
   * Returns the shares of the images among whose k nearest others is one of their class, by k. Images without another of
   * their class do not count; undefined where none counts. Of equally near ones those of other classes are nearer: a network that
   * maps all images to one vector finds nothing.
   */
  async result(signal?: AbortSignal): Promise<Record<number, number> | undefined> {
    const slices = new TimeSlicer()
    const found = NEAREST.map(() => 0)
    let asked = 0
    for (let query = 0; query < this.#labels.length; query += this.#stride) {
      await slices.next()
      signal?.throwIfAborted()
      const nearer = this.#nearerThanOwn(query)
      if (nearer === undefined) continue
      asked++
      for (const [i, k] of NEAREST.entries()) if (nearer < k) found[i]!++
    }
    if (asked === 0) return undefined
    return Object.fromEntries(NEAREST.map((k, i) => [k, found[i]! / asked]))
  }

  /** The distance between the images that are compared with all others: 1, but for many images. */
  get #stride(): number {
    const count = this.#labels.length
    return Math.max(1, Math.ceil((count * count * (this.#vectors[0]?.length ?? 0)) / this.mostProducts))
  }

  /** Counts the images of other classes that are not further from an image than the nearest of its own class. */
  #nearerThanOwn(query: number): number | undefined {
    const asked = this.#vectors[query]!
    const cosines = this.#vectors.map((vector) => product(vector, 0, asked, 0, asked.length))
    const isOwn = (i: number) => this.#labels[i] === this.#labels[query]
    const own = cosines.reduce((most, cosine, i) => (i !== query && isOwn(i) ? Math.max(most, cosine) : most), -2)
    if (own === -2) return undefined
    return cosines.reduce((count, cosine, i) => (!isOwn(i) && cosine >= own ? count + 1 : count), 0)
  }
}
