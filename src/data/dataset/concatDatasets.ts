import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { isLazy, lazySamples, tableOf } from '../samples/lazySamples.js'
import { placesIn } from '../samples/placesIn.js'
import { joinTables } from '../samples/views.js'
import { type ImageDataset, readSample } from './dataset.js'
import { labelledSchema } from './datasetSchema.js'

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
  const labels = new Map(classes.map((name, label) => [name, label]))
  const parts = datasets.map((dataset) => ({
    table: tableOf(dataset.samples),
    labelOf: (label: number) => labels.get(dataset.classes[label]!)!,
  }))
  const joined = joinTables(parts)
  const { placeOf } = placesIn(parts.map(({ table }) => table.length))
  const answer = <T>(at: number, ask: (dataset: ImageDataset, index: number) => Promise<T>): Promise<T> => {
    const { part, index } = placeOf(at)
    return ask(datasets[part]!, index)
  }
  return {
    classes,
    samples: datasets.some(({ samples }) => isLazy(samples))
      ? lazySamples(joined)
      : Array.from({ length: joined.length }, (_, index) => joined.sampleAt(index)),
    ...(datasets.some(({ read }) => read) && { read: (at: number) => answer(at, readSample) }),
    ...(datasets.some(({ image }) => image) && {
      image: (at: number) => answer(at, async (dataset, index) => dataset.image?.(index)),
    }),
  }
}
