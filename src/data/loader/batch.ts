import type { FineTuneError } from '../../errors.js'
import { int64, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import { seededRandom } from '../../random.js'
import type { BufferPool } from '../../threads/BufferPool.js'
import { heightOf, widthOf } from '../../transforms/rgbImage.js'
import type { PlaneWriter } from '../../transforms/toTensor.js'
import type { ImageDataset, SkippedSample } from '../dataset/dataset.js'
import { dataError } from '../errors.js'
import type { Shards } from '../samples/SampleTable.js'
import { shuffled } from '../samples/shuffled.js'
import { drawPerClass, type PerClass } from './perClass.js'
import { isImage } from './preparer.js'
import { draw } from './sampling.js'

/** A batch of samples, ready for the network. */
export interface Batch {
  /** The images, float32 [n, 3, height, width]. */
  readonly images: Tensor<'float32'>
  /** The labels, int64 [n]: indices into the dataset's classes. */
  readonly labels: Tensor<'int64'>
  /** The indices of the samples in the dataset, in the batch's order. */
  readonly indices: Uint32Array
  /** The index of this batch in its epoch, from 0. */
  readonly position: number
  /** The samples of this batch that could not be read and are not in it (onError 'skip'). */
  readonly skipped: readonly SkippedSample[]
}

export interface PlanOptions {
  readonly batchSize: number
  readonly shuffle: boolean
  readonly dropLast: boolean
  readonly seed: number
  /** The weight of each sample, by which they are drawn with replacement. Default: each comes once. */
  readonly weights?: ArrayLike<number> | undefined
  /** The samples of each class, to draw several of each class of a batch. Default: any batches. */
  readonly perClass?: PerClass | undefined
  /** The shards that hold the samples, near which the order keeps them. Default: any order. */
  readonly shards?: Shards | undefined
}

/** Returns the sample indices of each batch of an epoch. */
export function planEpoch(length: number, options: PlanOptions, epoch: number): Uint32Array[] {
  const { batchSize } = options
  const order = orderOf(length, options, epoch)
  return Array.from({ length: batchesIn(length, options) }, (_, i) =>
    order.subarray(i * batchSize, (i + 1) * batchSize),
  )
}

/** Returns the number of batches of an epoch. */
export const batchesIn = (length: number, { batchSize, dropLast }: Pick<PlanOptions, 'batchSize' | 'dropLast'>) =>
  dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize)

function orderOf(length: number, options: PlanOptions, epoch: number): Uint32Array {
  const { batchSize, shuffle, seed, weights, perClass, shards } = options
  if (perClass) return drawPerClass(perClass, length, batchSize, seededRandom(seed, 'sampling', epoch))
  if (weights) return draw(weights, seededRandom(seed, 'sampling', epoch))
  if (shuffle) return shuffled(length, seededRandom(seed, 'shuffle', epoch), shards)
  return Uint32Array.from({ length }, (_, index) => index)
}

/** More than any epoch. */
const ROUND = 2 ** 32

/**
 * Returns for each batch of an epoch the numbers that key the augmentation of its samples: the epoch, and for a sample
 * that is drawn again in it another number each time, so that it looks different.
 *
 * @param length the number of samples in the data set
 */
export function augmentationsOf(plan: readonly Uint32Array[], length: number, epoch: number): Float64Array[] {
  const times = new Uint32Array(length)
  return plan.map((indices) => Float64Array.from(indices, (index) => epoch + times[index]!++ * ROUND))
}

/**
 * A builder that gathers the samples of one batch in any order; each is copied to its place at once and then released.
 */
export class BatchBuilder {
  private data: Float32Array | Uint8Array | undefined
  private readonly dims: (readonly number[] | string | undefined)[]
  private dimsOfOne: readonly number[] = []
  private readonly skipped: (SkippedSample | undefined)[]

  constructor(
    private readonly dataset: ImageDataset,
    private readonly indices: Uint32Array,
    private readonly writer: PlaneWriter | undefined,
    private readonly pool: BufferPool,
  ) {
    this.dims = new Array(indices.length)
    this.skipped = new Array(indices.length)
  }

  /** Adds a sample; `value` is an image for the writer, or a tensor. */
  add(place: number, value: unknown): void {
    const dims = dimsOf(value, this.writer)
    this.dims[place] = dims
    if (typeof dims === 'string') return
    const size = sizeOf(dims)
    if (!this.data) {
      const buffer = (bytes: number) => this.pool.acquire(this.indices.length * size * bytes)
      this.data = isBytes(value) ? new Uint8Array(buffer(1)) : new Float32Array(buffer(4))
      this.dimsOfOne = dims
    }
    if (!sameDims(dims, this.dimsOfOne)) return
    if (isImage(value)) this.writer?.write(value, this.data as Float32Array, place * size)
    else this.data.set((value as Tensor<'float32' | 'uint8'>).data, place * size)
  }

  skip(place: number, error: FineTuneError): void {
    const index = this.indices[place]!
    this.skipped[place] = { index, source: this.dataset.samples[index]!.source, error }
  }

  /**
   * Returns the batch.
   *
   * @throws FineTuneError 'data/unequal-shapes' if the samples' tensors do not have one shape
   */
  finish(): Omit<Batch, 'position'> {
    const kept = [...this.indices.keys()].filter((place) => !this.skipped[place])
    this.demandOneShape(kept)
    const size = sizeOf(this.dimsOfOne)
    let data = this.data ?? new Float32Array(0)
    if (kept.length < this.indices.length) {
      for (const [to, place] of kept.entries()) data.copyWithin(to * size, place * size, (place + 1) * size)
      data = data.slice(0, kept.length * size)
    }
    const indices = Uint32Array.from(kept, (place) => this.indices[place]!)
    const type = data instanceof Uint8Array ? 'uint8' : 'float32'
    return {
      images: { type, dims: [kept.length, ...this.dimsOfOne], data } as Tensor<'float32'>,
      labels: int64(Array.from(indices, (index) => this.dataset.samples[index]!.label)),
      indices,
      skipped: this.skipped.filter((sample) => sample !== undefined),
    }
  }

  /** Checks that all samples have one shape, in the batch's order, so that the error does not depend on timing. */
  private demandOneShape(kept: readonly number[]): void {
    const [first] = kept
    if (first === undefined) return
    const firstDims = this.dims[first]!
    const other = kept.find((place) => typeof this.dims[place] === 'string' || !sameDims(this.dims[place]!, firstDims))
    if (other === undefined) return
    const name = (place: number) => this.dataset.samples[this.indices[place]!]!.source
    const shape = (place: number) => (typeof this.dims[place] === 'string' ? this.dims[place] : `[${this.dims[place]}]`)
    throw dataError('data/unequal-shapes', {
      first: name(first),
      firstShape: shape(first),
      other: name(other),
      otherShape: shape(other),
    })
  }
}

/**
 * Returns the dims of a value as a tensor [3, height, width], or of the tensor it becomes; for other values, a
 * description.
 */
function dimsOf(value: unknown, writer: PlaneWriter | undefined): readonly number[] | string {
  if (isImage(value)) return writer ? [3, heightOf(value), widthOf(value)] : 'an image (toTensor() is missing)'
  if (writer) return 'no image'
  if (isBytes(value)) return value.dims
  const tensor = value as Partial<Tensor<'float32'>> | null | undefined
  if (!(tensor?.data instanceof Float32Array) || !tensor.dims) return 'no float32 tensor'
  return tensor.dims.length === 3 && sizeOf(tensor.dims) === tensor.data.length ? tensor.dims : `[${tensor.dims}]`
}

/**
 * Tells whether a value is a result of `toPlanes`, which is for this library alone: a graph of its own normalizes it.
 */
const isBytes = (value: unknown): value is Tensor<'uint8'> =>
  (value as Partial<Tensor> | null | undefined)?.type === 'uint8'

const sameDims = (a: readonly number[] | string, b: readonly number[] | string): boolean => `${a}` === `${b}`
