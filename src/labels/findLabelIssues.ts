import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { Backbone } from '../backbones/Backbone.js'
import { backboneKind } from '../backbones/backboneKind.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { datasetSchema } from '../data/dataset/datasetSchema.js'
import {
  type CheckedOutputOptions,
  computeOutputs,
  type OutputOptions,
  outputShape,
} from '../finetune/features/computeOutputs.js'
import { splitAtHead } from '../finetune/features/splitAtHead.js'
import { checkOptions } from '../options.js'
import { crossValidate } from '../probe/crossValidate.js'
import { softmaxRows } from '../probe/softmaxObjective.js'
import { confidentIssues, type Judgement, rowOf } from './confidentIssues.js'

/** An image whose label is likely wrong. Labels are indices into the classes of the data set. */
export interface LabelIssue {
  /** The index among the samples of the data set. */
  readonly index: number
  readonly source: string
  readonly given: number
  readonly suggested: number
  /** The probability of the given label, from 0 to 1, by a classifier that never saw this image. */
  readonly selfConfidence: number
  /** That of the suggested label. */
  readonly suggestedConfidence: number
}

export interface LabelIssueOptions extends OutputOptions {
  /** The number of parts of the cross-validation. @default 5 */
  readonly folds?: number | undefined
  /**
   * The strength of the penalty on the weights of the classifiers that judge. Of 0.01, 0.1 and 1, 1 found wrong labels
   * of photographs with the fewest false alarms.
   * @default 1
   */
  readonly l2?: number | undefined
  /** The seed of the parts. @default 0 */
  readonly seed?: number | undefined
  /** The directory that keeps the features for later calls, as `cacheFeatures` of `fineTune` does. Default: none. */
  readonly cacheFeatures?: { readonly directory: string } | undefined
}

const severalClasses = datasetSchema.refine(({ classes }) => classes.length > 1, {
  path: ['classes'],
  message: 'at least two classes',
})
const schema = z.strictObject({
  ...outputShape,
  folds: z.int().min(2).max(20).default(5),
  l2: z.number().gt(0).default(1),
  seed: z.int().default(0),
  cacheFeatures: z.strictObject({ directory: z.string().min(1) }).optional(),
})

/**
 * Finds images whose label is likely wrong. A pretrained network, which is not changed, computes the features of each
 * image; linear classifiers are fitted to them, each on four fifths of the images, and judge the others; labels that
 * they confidently contradict are the issues (confident learning, Northcutt et al., arXiv 1911.00068).
 *
 * Use a network that did not see these labels, such as one with ImageNet's weights: a network that was trained on the
 * images may have learned wrong labels by heart. What is found is a suggestion for a person, not a verdict.
 *
 * @param backbone a network as `loadBackbone` returns it, or a `Model`; its head does not matter
 * @returns the issues, the worst first
 * @throws FineTuneError 'options/invalid', 'model/no-head', 'data/unreadable', 'data/worker-failed',
 *   'session/no-runtime', 'session/cannot-open', 'train/features-not-kept', the signal's reason
 * @example
 * ```ts run given=backbone,train
 * import { findLabelIssues } from 'onnx-finetune'
 *
 * for (const { source, given, suggested } of await findLabelIssues(backbone, train))
 *   console.log(source, train.classes[given], 'may be', train.classes[suggested])
 * ```
 */
export async function findLabelIssues(
  backbone: Backbone,
  dataset: ImageDataset,
  options: LabelIssueOptions = {},
): Promise<LabelIssue[]> {
  checkArgument('findLabelIssues: backbone', backbone, backboneKind)
  checkOptions(severalClasses, dataset, 'findLabelIssues: dataset')
  const { folds, l2, seed, cacheFeatures, ...rest } = checkOptions(schema, options, 'findLabelIssues')
  const { classes, samples } = dataset
  const { indices, rows: features, size } = await featuresOf(backbone, dataset, cacheFeatures, rest)
  const labels = Array.from(indices, (index) => samples[index]!.label)
  const examples = { features, size, labels, classes: classes.length }
  const logits = await crossValidate(examples, { folds, l2, seed, signal: rest.signal })
  return labelIssues({ logits, labels, classes: classes.length }, (row) => ({
    index: indices[row]!,
    source: samples[indices[row]!]!.source,
  }))
}

/** Returns the likely wrong labels of rows, by logits of classifiers that never saw them. */
export function labelIssues(
  { logits, labels, classes }: Omit<Judgement, 'probabilities'> & { readonly logits: Float64Array },
  imageOf: (row: number) => Pick<LabelIssue, 'index' | 'source'>,
): LabelIssue[] {
  const judgement = { probabilities: softmaxRows(logits, classes), labels, classes }
  return confidentIssues(judgement).map(({ row, suggested }) => {
    const [given, scores] = [labels[row]!, rowOf(judgement, row)]
    return {
      ...imageOf(row),
      given,
      suggested,
      selfConfidence: scores[given]!,
      suggestedConfidence: scores[suggested]!,
    }
  })
}

/** Computes what the network's head would see of each image. */
async function featuresOf(
  backbone: Backbone,
  dataset: ImageDataset,
  kept: { readonly directory: string } | undefined,
  options: CheckedOutputOptions,
) {
  const { model, features, front } = splitAtHead(backbone, dataset.classes.length, 'findLabelIssues: backbone')
  const values = features.map(({ name }) => name)
  return computeOutputs(model, dataset, { values, kept: kept && { ...kept, front } }, options)
}
