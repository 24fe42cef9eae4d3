import * as z from 'zod'
import { loaderSchema } from '../../data/loader/loaderOptions.js'

/** The options of a run on the loading of its images. */
export interface LoadingOptions {
  /** Threads that decode and augment images. Default: one less than the processors, 1 to 4. */
  readonly workers?: number | undefined
  /** The number of batches prepared ahead. @default 2 */
  readonly prefetch?: number | undefined
  /**
   * Memory for decoded images, in bytes over all workers, so that later epochs need not decode: 256 MiB unless it is
   * set.
   * @default 256 * 2 ** 20
   */
  readonly cacheBytes?: number | undefined
  /** The library that decodes images: `'auto'` is sharp if it is installed, else jimp. @default 'auto' */
  readonly decoder?: 'auto' | 'sharp' | 'jimp' | undefined
  /**
   * True if images are rotated or mirrored according to their EXIF orientation, in training and validation; the
   * exported classifier then does the same. Default: as in the model's preprocessing, which is true unless it says
   * otherwise.
   */
  readonly autoOrient?: boolean | undefined
  /**
   * The treatment of an unreadable image: end the run, or leave it out and list it in the epoch's events.
   * @default 'throw'
   */
  readonly onError?: 'throw' | 'skip' | undefined
}

const { workers, prefetch, cacheBytes, decoder, onError } = loaderSchema.shape

/** The schemas of `LoadingOptions`. */
export const loadingShape = { workers, prefetch, cacheBytes, decoder, autoOrient: z.boolean().optional(), onError }
