import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { Backbone } from '../backbones/Backbone.js'
import { backboneKind } from '../backbones/backboneKind.js'
import type { ImageDataset, SkippedSample } from '../data/dataset/dataset.js'
import { relabel } from '../data/samples/relabel.js'
import type { ImageSource } from '../deploy/images.js'
import { type OpenOutputs, type OutputOptions, openOutputs, outputShape } from '../finetune/features/computeOutputs.js'
import { type SplitAtHead, splitAtEmbedding } from '../finetune/features/splitAtHead.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { normalizeRows, poolRows } from '../probe/rows.js'
import { sessionError } from '../session/errors.js'
import { datasetIn } from './datasetIn.js'

/** The runtime that computes embeddings. */
export interface EmbedderOptions extends Pick<OutputOptions, 'runtime' | 'executionProviders' | 'threads'> {
  /**
   * True if each vector is divided by its Euclidean length, so that the product of two is the cosine of their angle.
   * @default true
   */
  readonly normalize?: boolean | undefined
}

/** The options of one call. */
export type EmbedImagesOptions = Omit<OutputOptions, 'runtime' | 'executionProviders' | 'threads'>

/** The embeddings of images. */
export interface Embeddings {
  /** A row for each image that could be read, float32 [n, size]. */
  readonly vectors: Tensor<'float32'>
  /** The indices of these images in the data set or list. */
  readonly indices: Uint32Array
  /** Their labels in the data set; 0 for a list of images. */
  readonly labels: Uint32Array
  /** The images that could not be read (`onError: 'skip'`). */
  readonly skipped: readonly SkippedSample[]
}

const { runtime, executionProviders, threads, ...imageShape } = outputShape
const ofRuntime = { runtime, executionProviders, threads }
const embedderShape = { ...ofRuntime, normalize: z.boolean().default(true) }
const embedderSchema = z.strictObject(embedderShape)
const imagesSchema = z.strictObject(imageShape)
export const embedSchema = z.strictObject({ ...imageShape, ...embedderShape })

/**
 * Opens a network for embeddings: vectors that are near to each other for images that look alike to the network. They are
 * what its head sees of an image, or what the embedding layer of its head makes of that (`replaceHead(backbone, { embedding
 * })`); maps of a head that is a convolution are averaged. `release` frees its memory.
 *
 * @param network a network as `loadBackbone` returns it, or a `Model`; a head without an embedding layer does not matter
 * @throws FineTuneError 'options/invalid', 'model/no-head'
 * @example
 * ```ts given=backbone,train,validation
 * import { embedder, nearestNeighbours } from 'onnx-finetune'
 *
 * const network = embedder(backbone)
 * const album = await network.embed(train)
 * const { vectors } = await network.embed(validation)
 * for (const [nearest] of await nearestNeighbours(album.vectors, vectors, 1))
 *   console.log(train.samples[album.indices[nearest!.index]!]!.source)
 * await network.release()
 * ```
 */
export function embedder(network: Backbone, options: EmbedderOptions = {}): Embedder {
  checkArgument('embedder: network', network, backboneKind)
  const { normalize, ...how } = checkOptions(embedderSchema, options, 'embedder')
  return openEmbedder(network, normalize, how, 'embedder')
}

/** Opens a network whose options are checked. @param of the public function, for errors */
export function openEmbedder(
  network: Backbone,
  normalize: boolean,
  how: Parameters<typeof openOutputs>[2],
  of: string,
): Embedder {
  // What comes after the embedding is not computed.
  const split = splitAtEmbedding(network, `${of}: network`)
  const outputs = openOutputs(
    split.model,
    split.features.map(({ name }) => name),
    how,
  )
  return new Embedder(split, outputs, normalize)
}

/** A network that is open for embeddings, as `embedder` returns it. */
export class Embedder {
  readonly #outputs: OpenOutputs
  readonly #normalize: boolean
  /** The number of values that are averaged to one: the positions of a map. */
  readonly #positions: number
  #isReleased = false

  /** @internal */
  constructor({ features }: SplitAtHead, outputs: OpenOutputs, normalize: boolean) {
    this.#outputs = outputs
    this.#normalize = normalize
    const positions = features.length === 1 ? (features[0]!.shape!.slice(2) as number[]) : []
    this.#positions = positions.reduce((product, side) => product * side, 1)
  }

  /**
   * Computes the embeddings of images. Calls that overlap wait for each other.
   *
   * @param images a data set, or a list of images: paths, URLs, bytes of image files, Blobs or pixels
   * @throws FineTuneError 'options/invalid', 'data/unreadable', 'data/worker-failed', 'session/no-runtime',
   *   'session/cannot-open', 'session/released', the signal's reason
   */
  async embed(images: ImageDataset | readonly ImageSource[], options: EmbedImagesOptions = {}): Promise<Embeddings> {
    const dataset = datasetIn(images, 'Embedder.embed')
    return this.embedChecked(dataset, checkOptions(imagesSchema, options, 'Embedder.embed'))
  }

  /** @internal */
  async embedChecked(dataset: ImageDataset, options: Parameters<OpenOutputs['compute']>[1]): Promise<Embeddings> {
    if (this.#isReleased) throw sessionError('session/released', {})
    const samples = relabel(dataset.samples, () => 0)
    const { indices, rows, size, skipped } = await this.#outputs.compute({ ...dataset, samples }, options)
    const pooled = poolRows(rows, this.#positions)
    const vectors = float32(pooled, [indices.length, size / this.#positions])
    return {
      vectors: this.#normalize ? normalizeRows(vectors) : vectors,
      indices,
      labels: indices.map((index) => dataset.samples[index]!.label),
      skipped,
    }
  }

  /** Frees the memory of the network. Later calls of `embed` fail. */
  release(): Promise<void> {
    this.#isReleased = true
    return this.#outputs.release()
  }
}
