import type { ImageDataset } from '../../data/dataset/dataset.js'
import { relabel } from '../../data/samples/relabel.js'
import { baseError } from '../../errors.js'
import type { Model } from '../../model/Model.js'

/**
 * Returns the images with the labels that the model has for their classes, compared by name.
 *
 * @param argument the name of the data set in errors
 * @throws FineTuneError 'options/invalid' for a class that the model does not have
 */
export function withLabelsOf(
  { classes }: Pick<Model, 'classes'>,
  dataset: ImageDataset,
  argument: string,
): ImageDataset {
  const places = dataset.classes.map((name) => classes.indexOf(name))
  const unknown = dataset.classes.filter((_, label) => places[label]! < 0)
  if (unknown.length > 0)
    throw baseError('options/invalid', {
      option: `${argument}.classes`,
      received: unknown,
      expected: `among the classes of the model: ${classes.join(', ')}`,
    })
  return { ...dataset, classes, samples: relabel(dataset.samples, (label) => places[label]!) }
}
