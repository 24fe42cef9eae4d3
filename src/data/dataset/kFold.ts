import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { foldsOf } from '../../probe/crossValidate.js'
import { seededRandom } from '../../random.js'
import { indicesWhere } from '../samples/indices.js'
import { tableOf } from '../samples/lazySamples.js'
import { labelsIn } from '../samples/SampleTable.js'
import type { ImageDataset } from './dataset.js'
import { datasetSchema } from './datasetSchema.js'
import { groupsOf, groupsSchema, placeSamples, type SampleGroups } from './groups.js'
import { subsetOf } from './subset.js'

export interface KFoldOptions {
  /** The number of folds. @default 5 */
  readonly folds?: number | undefined
  /** The seed of the folds. @default 0 */
  readonly seed?: number | undefined
  /**
   * The groups of samples that are never divided between training and validation: the group of each sample, or a function
   * of the sample and its index. Default: the `group` of the samples, or each is a group of its own.
   */
  readonly groups?: SampleGroups | undefined
}

/** The two parts of a data set in one round of a cross-validation. */
export interface Fold {
  readonly train: ImageDataset
  readonly validation: ImageDataset
}

const schema = z.strictObject({
  folds: z.int().min(2).max(256).default(5),
  seed: z.int().default(0),
  groups: groupsSchema,
})

/**
 * Splits a data set for cross-validation: each sample is in the validation part of one fold and in the training part of
 * the others. The samples of each class are spread over the folds evenly; with `groups`, as evenly as whole groups allow.
 * scikit-learn: `StratifiedKFold`, `StratifiedGroupKFold`. Images with several labels are spread by all of them, the
 * rarest label first (iterative stratification, Sechidis et al. 2011).
 *
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run given=train
 * import { kFold } from 'onnx-finetune'
 *
 * for (const { train: most, validation } of kFold(train, { folds: 2 }))
 *   console.log(most.samples.length, validation.samples.length)
 * ```
 */
export function kFold(dataset: ImageDataset, options: KFoldOptions = {}): Fold[] {
  checkOptions(datasetSchema, dataset, 'kFold: dataset')
  const checked = checkOptions(schema.refine(fits(dataset), message(dataset)), options, 'kFold')
  const { folds, seed, groups = groupsOf(dataset) } = checked
  const shares = Array<number>(folds).fill(1 / folds)
  const parts =
    placeSamples(dataset, groups, shares, seededRandom(seed, 'folds'), 'kFold') ??
    foldsOf({ labels: labelsIn(tableOf(dataset.samples)), classes: dataset.classes.length }, folds, seed)
  const partOf = (isIn: (part: number) => boolean) =>
    subsetOf(
      dataset,
      indicesWhere(parts.length, (index) => isIn(parts[index]!)),
    )
  return Array.from({ length: folds }, (_, fold) => ({
    train: partOf((part) => part !== fold),
    validation: partOf((part) => part === fold),
  }))
}

const fits =
  ({ samples }: ImageDataset) =>
  ({ folds }: { readonly folds: number }) =>
    folds <= samples.length
const message = ({ samples }: ImageDataset) => ({
  path: ['folds'],
  error: `at most ${samples.length}, the number of samples`,
})
