import type { ImageDataset } from '../../data/dataset/dataset.js'
import { subsetOf } from '../../data/dataset/subset.js'
import { planEpoch } from '../../data/loader/batch.js'
import { tableOf } from '../../data/samples/lazySamples.js'
import type { CheckedOptions } from './options.js'

/** Returns the options of a run with those of a trial applied: fewer images, and what a trial leaves out. */
export function trialOf(options: CheckedOptions): CheckedOptions {
  const { overfitBatches, fastDevRun: quick = 0 } = options
  const batches = quick || overfitBatches
  if (batches === undefined) return options
  const indices = chosen(options.train, options, batches)
  const { validation, sampling } = options
  const few = {
    ...options,
    train: subsetOf(options.train, indices),
    ...(validation && { validation: subsetOf(validation, chosen(validation, options, batches)) }),
    ...(Array.isArray(sampling) && { sampling: Array.from(indices, (index) => sampling[index]!) }),
  }
  return quick ? { ...few, ...withoutFiles(options), epochs: 1, patience: undefined } : few
}

/** Returns the samples of the first batches of a shuffled epoch: a folder begins with images of one class. */
function chosen({ samples }: ImageDataset, { batchSize, seed }: CheckedOptions, batches: number): Uint32Array {
  const plan = { batchSize, seed, shuffle: true, dropLast: false, shards: tableOf(samples).shards }
  return Uint32Array.from(
    planEpoch(samples.length, plan, 0)
      .slice(0, batches)
      .flatMap((indices) => [...indices]),
  )
}

/** Returns the options without checkpoints, and with features in memory alone. */
function withoutFiles({ cacheFeatures }: CheckedOptions) {
  const features = typeof cacheFeatures === 'object' ? { ...cacheFeatures, directory: undefined } : cacheFeatures
  return { checkpoint: undefined, resume: undefined, cacheFeatures: features }
}
