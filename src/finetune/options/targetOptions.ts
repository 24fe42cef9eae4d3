import * as z from 'zod'
import { type DistillOptions, distillSchema } from './distillOptions.js'
import { type LossOptions, lossOptionsSchema } from './lossOptions.js'
import { cutmixSchema, type MixOptions, mixupSchema } from './mixOptions.js'

/** The options of a run on its loss and its targets. */
export interface TargetOptions {
  /**
   * The loss in training; it must fit the model's task. Validation measures plain (binary) cross-entropy, of regression
   * the same loss. Default: plain cross-entropy, binary cross-entropy or the mean squared error, by the task.
   */
  readonly loss?: LossOptions | undefined
  /**
   * The loss averaged or summed over the batch (for other tasks than classification over all its targets). A learning rate for `'sum'` is one for `'mean'` divided by the
   * batch size.
   * @default 'mean'
   */
  readonly lossReduction?: 'mean' | 'sum' | undefined
  /**
   * Mixup (arXiv 1710.09412): each training image is blended with another one of its batch, and so are their labels.
   * The accuracy in training is that for the label of the larger share. Default: none.
   */
  readonly mixup?: MixOptions | undefined
  /**
   * CutMix (arXiv 1905.04899): a rectangle of each training image is taken from another one of its batch, and its label
   * is mixed by the area. With `mixup`, each batch is of one kind. Default: none.
   */
  readonly cutmix?: MixOptions | undefined
  /** Knowledge distillation: another network's probabilities are learned beside the labels. Default: none. */
  readonly distill?: DistillOptions | undefined
}

/** The schemas of `TargetOptions`. */
export const targetShape = {
  loss: lossOptionsSchema.optional(),
  lossReduction: z.enum(['mean', 'sum']).default('mean'),
  mixup: mixupSchema.optional(),
  cutmix: cutmixSchema.optional(),
  distill: distillSchema.optional(),
}
