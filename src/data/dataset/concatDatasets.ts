import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { type ImageDataset, readSample } from './dataset.js'
import { labelledSchema } from './datasetSchema.js'
import { relabelled } from './sampleTargets.js'

const schema = z.array(labelledSchema(0)).min(1)

/**
 * Joins data sets to one, their samples one after another. Classes are compared by name: those of the first come first,
 * then those that only later ones have. PyTorch: `ConcatDataset`.
 *
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run given=train,validation
 * import { concatDatasets } from 'onnx-finetune'
 *
 * const everything = concatDatasets([train, validation])
 * ```
 */
export function concatDatasets(datasets: readonly ImageDataset[]): ImageDataset {
  checkOptions(schema, datasets, 'concatDatasets: datasets')
  const classes = [...new Set(datasets.flatMap((dataset) => dataset.classes))]
  const places = datasets.flatMap((dataset) => Array.from(dataset.samples, (_, index) => ({ dataset, index })))
  const labels = new Map(classes.map((name, label) => [name, label]))
  return {
    classes,
    samples: places.map(({ dataset, index }) =>
      relabelled(dataset.samples[index]!, (label) => labels.get(dataset.classes[label]!)!),
    ),
    ...(datasets.some(({ read }) => read) && {
      read: (at: number) => readSample(places[at]!.dataset, places[at]!.index),
    }),
    ...(datasets.some(({ image }) => image) && {
      image: async (at: number) => places[at]!.dataset.image?.(places[at]!.index),
    }),
  }
}
