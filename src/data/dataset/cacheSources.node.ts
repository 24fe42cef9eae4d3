import { join } from 'node:path'
import * as z from 'zod'
import { WebCache } from '../../io/download/WebCache.node.js'
import { checkOptions } from '../../options.js'
import { cacheDirectory } from '../../platform/node/cacheDirectory.js'
import { type ImageDataset, isRemote, readSource } from './dataset.js'
import { labelledSchema } from './datasetSchema.js'

export interface CacheSourcesOptions {
  /** The directory of the cache. Default: `images` in $ONNX_FINETUNE_CACHE, or in the platform's cache directory. */
  readonly directory?: string | undefined
  /**
   * The most bytes of the cache, about. When it is full, the files go that no process has used since this one began; if
   * there are none, no more are kept. @default 10 * 2 ** 30
   */
  readonly bytes?: number | undefined
  /** The most bytes of an image; a larger one is unreadable. @default 2 ** 28 */
  readonly mostBytes?: number | undefined
  /** The number of times that a failed request is repeated, after 0.25, 0.5, 1, ... seconds. @default 5 */
  readonly retries?: number | undefined
  /** The seconds within which a host must deliver something. @default 60 */
  readonly patience?: number | undefined
}

const schema = z.strictObject({
  directory: z.string().min(1).optional(),
  bytes: z
    .int()
    .min(1)
    .default(10 * 2 ** 30),
  mostBytes: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(2 ** 28),
  retries: z.int().min(0).max(20).default(5),
  patience: z.number().gt(0).max(3600).default(60),
})

/**
 * Keeps the images of a data set that are URLs on disk, from when they are first read: later epochs, runs and other
 * processes fetch them no more. The content behind a URL is taken as never changing. What the data set reads by itself
 * (`read`, `image`), and files, are not concerned.
 *
 * Reading fails with 'data/unreadable', whose cause is 'download/gone', 'download/unreachable' or 'download/too-large'.
 *
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts
 * import { cacheSources, manifestDataset } from 'onnx-finetune/node'
 *
 * const dataset = cacheSources(await manifestDataset('photos.csv'), { bytes: 50 * 2 ** 30 })
 * ```
 */
export function cacheSources<D extends ImageDataset>(dataset: D, options: CacheSourcesOptions = {}): D {
  checkOptions(labelledSchema(0), dataset, 'cacheSources: dataset')
  const checked = checkOptions(schema, options, 'cacheSources')
  if (dataset.read) return dataset
  const cache = new WebCache({
    directory: checked.directory ?? join(cacheDirectory(), 'images'),
    bytes: checked.bytes,
    most: checked.mostBytes,
    retries: checked.retries,
    patience: checked.patience * 1000,
  })
  const read = (index: number) => {
    const { source } = dataset.samples[index]!
    return isRemote(source) ? cache.read(source) : readSource(source)
  }
  return { ...dataset, read }
}
