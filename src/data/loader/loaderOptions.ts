import { z } from 'zod'
import { parallelism } from '#platform'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { RgbImage } from '../../transforms/rgbImage.js'
import type { Transform } from '../../transforms/transform.js'
import { autoOrientSchema, type Decoder, decoderSchema, maxPixelsSchema } from '../decode/decodeImage.js'

export interface LoaderOptions {
  /** From a decoded image to a tensor [3, height, width] of the same shape for every sample, usually by `compose`. */
  transform: Transform<RgbImage, Tensor<'float32'>>
  /** Samples in a batch; the last one of an epoch may be smaller. */
  batchSize: number
  /** A new order every epoch, from `seed` and the epoch. Default false */
  shuffle?: boolean | undefined
  /** Decides order and augmentation; a sample's depends on (seed, epoch, index) only. Default 0 */
  seed?: number | undefined
  /** Threads that read, decode and transform; 0, or where there are none: the calling thread. Default: one less than the processors, 1 to 4 */
  workers?: number | undefined
  /** Batches that may be ready or in the making beside the one handed out. Default 2 */
  prefetch?: number | undefined
  /** Leaves out a last batch that is smaller. Default false */
  dropLast?: boolean | undefined
  /** Default 'auto' */
  decoder?: Decoder | undefined
  /** Images of more pixels count as unreadable. Default 89478485, Pillow's limit */
  maxPixels?: number | undefined
  /** Whether images are turned as their EXIF orientation asks. Default true */
  autoOrient?: boolean | undefined
  /** Decoded images that stay in memory for the next epoch, in bytes, over all workers. Default 256 MiB */
  cacheBytes?: number | undefined
  /** What to do about an image that cannot be read. 'skip' leaves it out of its batch and reports it. Default 'throw' */
  onError?: 'throw' | 'skip' | undefined
  /** Ends the loader: a waiting epoch throws the signal's reason. */
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

function isTransform(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function'
}
