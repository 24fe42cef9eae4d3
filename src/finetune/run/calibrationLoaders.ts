import { subsetOf } from '../../data/dataset/subset.js'
import { planEpoch } from '../../data/loader/batch.js'
import { createLoader, type Loader } from '../../data/loader/createLoader.js'
import type { LoaderOptions } from '../../data/loader/loaderOptions.js'
import { tableOf } from '../../data/samples/lazySamples.js'
import type { CheckedOptions } from '../options/options.js'

/** The most images that ranges are taken from, and the most others that are compared: more changed nothing measurable. */
const IMAGES = 32

/** Loaders of the training images that ranges are taken from, and of others, on which int8 is compared with float32. */
export interface CalibrationLoaders {
  readonly calibration: Loader
  readonly comparison: Loader
}

/**
 * Returns the loaders, of images that are drawn by the seed. Where there is but one image, both load it.
 *
 * @param transform the view of training
 */
export function calibrationLoaders(transform: LoaderOptions['transform'], options: CheckedOptions): CalibrationLoaders {
  const { train, seed, workers, decoder, autoOrient, onError, signal } = options
  const { length } = train.samples
  // Shuffled: the order of a data set may go with its classes, and ranges of one class are not those of another.
  const order = { seed, shuffle: true, dropLast: false, shards: tableOf(train.samples).shards }
  const [first, second = first] = planEpoch(length, { ...order, batchSize: Math.min(IMAGES, Math.ceil(length / 2)) }, 0)
  const batchSize = Math.min(options.batchSize, IMAGES)
  const loading = { transform, batchSize, seed, workers, decoder, autoOrient, onError, signal, cacheBytes: 0 }
  const loaderOf = (indices: Uint32Array) => createLoader(subsetOf(train, indices), loading)
  return { calibration: loaderOf(first!), comparison: loaderOf(second!) }
}
