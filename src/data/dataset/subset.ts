import { checkArgument, isWhole } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import { isLazy, lazySamples, tableOf } from '../samples/lazySamples.js'
import { viewOf } from '../samples/views.js'
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
  const { length } = dataset.samples
  let copy = new Uint32Array()
  checkArgument('subset: indices', indices, {
    expected: `a list of whole numbers below ${length}, the number of samples`,
    is: (value) => {
      if (!isListOfIndices(value as ArrayLike<unknown>, length)) return false
      copy = Uint32Array.from(indices)
      return true
    },
  })
  return subsetOf(dataset, copy)
}

function isListOfIndices(list: ArrayLike<unknown>, length: number): boolean {
  if (typeof list !== 'object' || !isWhole(list.length)) return false
  for (let place = 0; place < list.length; place++) {
    const index = list[place]
    if (!isWhole(index) || index >= length) return false
  }
  return true
}

/** Returns a data set of some samples; the other properties (its directory) hold for its parts too. */
export const subsetOf = <D extends ImageDataset>(dataset: D, indices: Uint32Array): D => ({
  ...dataset,
  samples: isLazy(dataset.samples)
    ? lazySamples(viewOf(tableOf(dataset.samples), indices))
    : Array.from(indices, (index) => dataset.samples[index]!),
  ...(dataset.read && { read: (index: number) => dataset.read!(indices[index]!) }),
  ...(dataset.image && { image: (index: number) => dataset.image!(indices[index]!) }),
})
