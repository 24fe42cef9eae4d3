import type { Calibration } from '../calibration/calibrateModel.js'
import type { DuplicateGroup } from '../data/inspection/DatasetInspection.js'
import type { Interval } from '../evaluation/metrics/wilsonInterval.js'
import type { RunRecord } from '../finetune/record/RunRecord.js'
import type { LabelIssue } from '../labels/findLabelIssues.js'

/** The plan of the automatic recipe, by the measured speed of this machine. Times are in seconds. */
export interface RecipePlan {
  /** The number of training images, and of those of each class. */
  readonly images: number
  readonly perClass: readonly number[]
  /** The number of images per second that the network takes without training, and in training. */
  readonly imagesPerSecond: { readonly evaluation: number; readonly training: number }
  /** The passes over the images when all layers train; 0 where that is not tried. */
  readonly epochs: number
  /** The side of the images when all layers train, in pixels: smaller ones are faster. */
  readonly imageSize: number
  /** The number of times that it is tried without a part of the images, on which it is then measured. */
  readonly trials: number
  /** True if all images are trained on once more after that. */
  readonly refit: boolean
  /** True if only the head is to be trained: by `epochs: 0`, or because everything else is frozen. */
  readonly isHeadAlone: boolean
  readonly budget: number
  /** The time that the stages are expected to take together. */
  readonly seconds: number
  /** The memory that training all layers is expected to need, in bytes. */
  readonly memory: number
}

/** Something that was tried, measured on training images that it was not trained on. */
export interface RecipeCandidate {
  readonly name: 'head' | 'fine-tuned'
  /** The position of the weights on the line from the network with a new head, 0, to the fine-tuned one, 1. */
  readonly share: number
  readonly accuracy: number
  /** The 95 % confidence interval of the accuracy. */
  readonly interval: Interval
  /** The mean cross-entropy, at the temperature that makes it lowest. */
  readonly loss: number
  readonly images: number
}

/** The record of a run with the automatic recipe. */
export interface AutomaticRecord extends RunRecord {
  /** The outcome of the recipe, once it is known. */
  readonly recipe?: RecipeReport | undefined
}

/** The course and the outcome of the automatic recipe. Plain data. */
export interface RecipeReport {
  readonly plan: RecipePlan
  /**
   * Images that occur more than once among those of training and of validation. Copies were kept together: none was
   * measured on that others of its group were trained on.
   */
  readonly duplicates: readonly DuplicateGroup[]
  /** Everything that was tried, measured on the same images. */
  readonly candidates: readonly RecipeCandidate[]
  readonly chosen: RecipeCandidate
  /** The penalty on the weights of the head, chosen by cross-validation. */
  readonly l2: number
  /** True if the head uses what a kept classifier says. */
  readonly usesKept: boolean
  /** The temperature and the threshold for "none of these", for `exportClassifier`. */
  readonly calibration: Calibration
  /** Training images whose label is likely wrong, the worst first. */
  readonly labelIssues: readonly LabelIssue[]
  /** The outcome and what would help, in sentences. */
  readonly advice: readonly string[]
}
