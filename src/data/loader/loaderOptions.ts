import * as z from 'zod'
import { parallelism } from '#platform'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { RgbImage } from '../../transforms/rgbImage.js'
import { isTransform, type Transform } from '../../transforms/transform.js'
import { autoOrientSchema, type Decoder, decoderSchema, maxPixelsSchema } from '../decode/decodeImage.js'
import { type Sampling, samplingSchema } from './sampling.js'

export interface LoaderOptions {
  /**
   * The transform from a decoded image to a tensor [3, height, width] of one shape for all samples, usually by
   * `compose`.
   */
  transform: Transform<RgbImage, Tensor<'float32'>>
  /** The number of samples in a batch; the last one of an epoch may be smaller. */
  batchSize: number
  /** True for a new order in every epoch, from `seed` and the epoch. @default false */
  shuffle?: boolean | undefined
  /**
   * The way in which the samples of an epoch are drawn, with replacement, as many as there are: `'balanced'`, each class
   * equally often; by a weight for each sample, from 0 up; or `'weights'`, by those that the samples have. Or
   * `{ perClass }`: each batch has that number of different images of each of its `batchSize / perClass` classes. The
   * order is that of the draws. PyTorch: `WeightedRandomSampler`. Default: each sample comes once.
   */
  sampling?: Sampling | undefined
  /** The seed of order and augmentation; a sample's augmentation depends on (seed, epoch, index) only. @default 0 */
  seed?: number | undefined
  /**
   * Threads that read, decode and transform; 0, or without support for workers: the calling thread. Default: one less
   * than the processors, 1 to 4
   */
  workers?: number | undefined
  /** The number of batches that are ready or in preparation besides the current one. @default 2 */
  prefetch?: number | undefined
  /** True to leave out a last batch that is smaller. @default false */
  dropLast?: boolean | undefined
  /** The library that decodes images: `'auto'` is sharp if it is installed, else jimp. @default 'auto' */
  decoder?: Decoder | undefined
  /**
   * The most pixels of an image: larger ones are treated as unreadable. The default is Pillow's limit.
   * @default 89478485
   */
  maxPixels?: number | undefined
  /** True if images are rotated or mirrored according to their EXIF orientation. @default true */
  autoOrient?: boolean | undefined
  /**
   * Memory for decoded images that are kept for later epochs, in bytes over all workers: 256 MiB unless it is set.
   * @default 256 * 2 ** 20
   */
  cacheBytes?: number | undefined
  /** The treatment of an unreadable image: 'skip' leaves it out of its batch and reports it. @default 'throw' */
  onError?: 'throw' | 'skip' | undefined
  /** Aborting it ends the loader: a waiting epoch throws the signal's reason. */
  signal?: AbortSignal | undefined
}

const count = z.number().int().min(0)
const positive = z.number().int().positive()

export const workersSchema = count.max(64).default(() => Math.min(Math.max(parallelism() - 1, 1), 4))

export const loaderSchema = z.strictObject({
  transform: z.custom<LoaderOptions['transform']>(
    isTransform,
    'a transform: an object with a name and apply(input, random)',
  ),
  batchSize: positive,
  shuffle: z.boolean().default(false),
  sampling: samplingSchema,
  seed: z.number().int().default(0),
  workers: workersSchema,
  prefetch: positive.default(2),
  dropLast: z.boolean().default(false),
  decoder: decoderSchema,
  maxPixels: maxPixelsSchema,
  autoOrient: autoOrientSchema,
  cacheBytes: count.default(256 * 2 ** 20),
  onError: z.enum(['throw', 'skip']).default('throw'),
  signal: z.instanceof(AbortSignal).optional(),
})
