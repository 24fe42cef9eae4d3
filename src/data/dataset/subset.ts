import { checkArgument, isWhole } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import type { ImageDataset } from './dataset.js'
import { labelledSchema } from './datasetSchema.js'

/**
 * Returns a data set of some samples of another, in the given order; one that is named twice is there twice. PyTorch:
 * `Subset`.
 *
 * @param indices indices of samples
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run given=train
 * import { subset } from 'onnx-finetune'
 *
 * const firstFour = subset(train, [0, 1, 2, 3])
 * ```
 */
export function subset<D extends ImageDataset>(dataset: D, indices: ArrayLike<number>): D {
  checkOptions(labelledSchema(0), dataset, 'subset: dataset')
  const isSample = (index: unknown): boolean => isWhole(index) && index < dataset.samples.length
  checkArgument('subset: indices', indices, {
    expected: `a list of whole numbers below ${dataset.samples.length}, the number of samples`,
    is: (value) => {
      const { length } = value as ArrayLike<unknown>
      return isWhole(length) && typeof value === 'object' && Array.from(value as ArrayLike<unknown>).every(isSample)
    },
  })
  return subsetOf(dataset, Array.from(indices))
}

/** Returns a data set of some samples; the other properties (its directory) hold for its parts too. */
export const subsetOf = <D extends ImageDataset>(dataset: D, indices: readonly number[]): D => ({
  ...dataset,
  samples: indices.map((index) => dataset.samples[index]!),
  ...(dataset.read && { read: (index: number) => dataset.read!(indices[index]!) }),
  ...(dataset.image && { image: (index: number) => dataset.image!(indices[index]!) }),
})
