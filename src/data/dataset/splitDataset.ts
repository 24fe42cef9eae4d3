import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { indicesByLabel } from '../../probe/indicesByLabel.js'
import { permutation, seededRandom } from '../../random.js'
import { indicesWhere } from '../samples/indices.js'
import { tableOf } from '../samples/lazySamples.js'
import { labelsIn } from '../samples/SampleTable.js'
import type { ImageDataset } from './dataset.js'
import { datasetSchema } from './datasetSchema.js'
import { groupsOf, groupsSchema, placeSamples, type SampleGroups } from './groups.js'
import { subsetOf } from './subset.js'

export interface SplitOptions {
  /** The share of every class that goes to the second part, above 0 and below 1. @default 0.2 */
  readonly share?: number | undefined
  /** The seed of the split. @default 0 */
  readonly seed?: number | undefined
  /**
   * The groups of samples that are never divided between the parts, such as the photographs of one patient: the group of
   * each sample, or a function of the sample and its index. Default: the `group` of the samples, or each is a group of
   * its own.
   */
  readonly groups?: SampleGroups | undefined
}

const schema = z.strictObject({
  share: z.number().gt(0).lt(1).default(0.2),
  seed: z.int().default(0),
  groups: groupsSchema,
})

/**
 * Splits a dataset in two: for training and for validation. Each class is split by itself, so that both have the same
 * mixture; a class of two or more images has at least one in either part. Images with several labels are split by all of
 * them, the rarest label first (iterative stratification, Sechidis et al. 2011). With `groups`, whole groups go to either part,
 * such that the shares of the classes come as near as they allow.
 *
 * @returns the rest and the share, each in the order of the dataset
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run
 * import { splitDataset } from 'onnx-finetune'
 * import { ImageFolder } from 'onnx-finetune/node'
 *
 * const [train, validation] = splitDataset(await ImageFolder('photos'), { share: 0.2 })
 * ```
 */
export function splitDataset(dataset: ImageDataset, options: SplitOptions = {}): [ImageDataset, ImageDataset] {
  checkOptions(datasetSchema, dataset, 'splitDataset: dataset')
  const { share, seed, groups = groupsOf(dataset) } = checkOptions(schema, options, 'splitDataset')
  const placed = placeSamples(dataset, groups, [1 - share, share], seededRandom(seed, 'split'), 'splitDataset')
  const parts = placed ?? partsByClass(dataset, share, seed)
  const partOf = (part: number) =>
    subsetOf(
      dataset,
      indicesWhere(parts.length, (index) => parts[index] === part),
    )
  return [partOf(0), partOf(1)]
}

function partsByClass({ samples, classes }: ImageDataset, share: number, seed: number): Uint8Array {
  const parts = new Uint8Array(samples.length)
  for (const [label, ofClass] of indicesByLabel(labelsIn(tableOf(samples)), classes.length).entries()) {
    const count = Math.min(Math.max(Math.round(ofClass.length * share), 1), ofClass.length - 1)
    const order = permutation(ofClass.length, seededRandom(seed, 'split', label))
    for (const place of order.subarray(0, Math.max(count, 0))) parts[ofClass[place]!] = 1
  }
  return parts
}
