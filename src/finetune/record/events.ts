import type { SkippedSample } from '../../data/dataset/dataset.js'
import type { ErrorCode, FineTuneError } from '../../errors.js'
import type { RuntimeReport } from '../../runtime/RuntimeReport.js'

/**
 * The events that a training run reports. Losses are per example (mean over examples), whatever the reduction of the
 * loss.
 */
export type FineTuneEvent =
  | ResumedEvent
  | RuntimeEvent
  | StepEvent
  | FeatureStepEvent
  | FeaturePrecisionEvent
  | ValidationStepEvent
  | EpochEvent
  | CheckpointEvent
  | WarningEvent
  | DoneEvent

/** The first event of a run that resumes from a checkpoint. */
export interface ResumedEvent {
  readonly type: 'resumed'
  readonly file: string
  /** The current epoch, from 1, and the number of its steps that are done. */
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepsPerEpoch: number
  /**
   * The differences in the environment: processor, system, runtime, threads. Without any, the weights will be those of
   * a run that was never stopped, to the byte; else they may differ by rounding.
   */
  readonly differences: readonly string[]
  /** Newer checkpoints that cannot be read. */
  readonly broken: readonly { readonly file: string; readonly problem: string }[]
}

/**
 * The execution provider was chosen: why others were not, and which one computes. Not reported where there was no choice,
 * on the CPU by default.
 */
export interface RuntimeEvent extends RuntimeReport {
  readonly type: 'runtime'
}

/** A checkpoint was written. */
export interface CheckpointEvent {
  readonly type: 'checkpoint'
  readonly epoch: number
  readonly epochs: number
  /** The number of steps of this epoch that are done. */
  readonly step: number
  readonly stepsPerEpoch: number
}

/** Something is wrong, and the run continues: a condition that is thrown elsewhere. */
export interface WarningEvent {
  readonly type: 'warning'
  readonly code: ErrorCode
  readonly message: string
  readonly facts: unknown
}

export const warningOf = ({ code, message, facts }: FineTuneError): WarningEvent => ({
  type: 'warning',
  code,
  message,
  facts,
})

/** One batch is done: an optimizer step, or with `accumulate` one of the batches whose gradients are summed for it. */
export interface StepEvent {
  readonly type: 'step'
  /** The epoch, from 1. */
  readonly epoch: number
  readonly epochs: number
  /** The step within the epoch, from 1. */
  readonly step: number
  readonly stepsPerEpoch: number
  /** The loss of this step's examples. */
  readonly loss: number
  /** The accuracy, as `Evaluation` has it. */
  readonly accuracy: number
  readonly examples: number
  /** The speed over the epoch so far, including loading. */
  readonly examplesPerSecond: number
  /** The rate of each parameter group, by name, used in this step. */
  readonly learningRates: Readonly<Record<string, number>>
  /** The seconds of the run's budget that are left, if it has one. */
  readonly budgetLeft?: number
}

/** The features of one batch of images were computed, once for many epochs (`cacheFeatures`). */
export interface FeatureStepEvent {
  readonly type: 'featureStep'
  readonly dataset: 'train' | 'validation'
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepsPerEpoch: number
}

/**
 * Features of training images are computed in int8 (`cacheFeatures.precision`): how far they are from those in float32,
 * on training images that the ranges were not taken from. Not reported where they are read from files.
 */
export interface FeaturePrecisionEvent {
  readonly type: 'featurePrecision'
  readonly precision: 'int8'
  /** The number of images that the ranges of activations were taken from. */
  readonly calibrationImages: number
  /** The number of images whose features were compared. */
  readonly images: number
  /** The mean cosine of the angle between an image's features in int8 and in float32. */
  readonly cosine: number
  /** The norm of the differences of all features, divided by that of the features in float32. */
  readonly relativeError: number
}

/** One batch of the validation set is done. */
export interface ValidationStepEvent {
  readonly type: 'validationStep'
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepsPerEpoch: number
  /** The loss of this batch. */
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
  readonly predictions: readonly Prediction[]
}

/** The network's prediction for an image. */
export interface Prediction {
  /** The index of the image in its dataset. */
  readonly index: number
  readonly source: string
  /** The index of its true class. */
  readonly label: number
  /** The index of the class with the highest score. */
  readonly predicted: number
  /** The probability of the predicted class, 0 to 1 (softmax of the logits). */
  readonly score: number
  /** The probability of the image's true class. */
  readonly labelScore: number
}

/** One epoch is done, including its validation. */
export interface EpochEvent extends EpochMetrics {
  readonly type: 'epoch'
  readonly epochs: number
}

export interface EpochMetrics {
  /** The epoch, from 1. */
  readonly epoch: number
  /** The phase, from 1, of a run that has phases. */
  readonly phase?: number
  /** The loss over the epoch, each batch measured before its own update, in train mode: as PyTorch loops print it. */
  readonly trainLoss: number
  readonly trainAccuracy: number
  readonly validation?: Evaluation
  /** True if it is the best epoch so far by validation. */
  readonly isBest?: boolean
  /** The speed of training only, including loading. */
  readonly examplesPerSecond: number
  /** The duration of training and validation. */
  readonly seconds: number
  /** The rate of each parameter group, by name, used in the last step. */
  readonly learningRates: Readonly<Record<string, number>>
  /** Images left out because they could not be read (`onError: 'skip'`). */
  readonly skipped: readonly SkippedSample[]
}

export interface Evaluation {
  /** The mean cross-entropy; of regression the loss of training. */
  readonly loss: number
  /**
   * The share of the examples whose highest logit is their label's. Of several labels an image the share of right
   * decisions, each label of each image being one; of regression NaN.
   */
  readonly accuracy: number
  readonly examples: number
  /**
   * The confusion matrix, `confusion[label][prediction]`: numbers of examples, in the order of the classes. Empty for
   * other tasks.
   */
  readonly confusion: readonly (readonly number[])[]
  /** Of several labels an image: the quality of each, predicted from a probability of one half on. */
  readonly labels?: readonly LabelEvaluation[]
  /** The mean F1 of the labels that have one. */
  readonly f1?: number
  /**
   * Of a run whose loss compares images: recall@k, `recallAt[1]`, `[2]`, `[4]` and `[8]`, by the cosines of the embeddings
   * (Oh Song et al., 2016, arXiv 1511.06452). It is the share of the validation images among whose k nearest others is one
   * of their class, of those that have another of it; undefined where none has. Of many thousands of images evenly spaced ones
   * are compared with all others.
   */
  readonly recallAt?: Readonly<Record<number, number>>
  /** Of regression: the errors of each number, in the order of `classes`. */
  readonly values?: readonly ValueEvaluation[]
}

/** The quality of the predictions for one of several labels. A share of nothing is NaN. */
export interface LabelEvaluation {
  /** The number of images that have the label. */
  readonly support: number
  /** The share of the images with the label predicted that have it. */
  readonly precision: number
  /** The share of the images that have the label for which it is predicted. */
  readonly recall: number
  /** The harmonic mean of precision and recall: 2 hits / (support + predicted). */
  readonly f1: number
}

/** The errors of one of the predicted numbers. */
export interface ValueEvaluation {
  /** The mean absolute error, and the root of the mean squared error. */
  readonly mae: number
  readonly rmse: number
  /** The coefficient of determination; NaN where all targets are equal. */
  readonly r2: number
}

/** The last event of a run. */
export interface DoneEvent {
  readonly type: 'done'
  readonly result: FineTuneResult
}

export interface FineTuneResult {
  readonly epochs: readonly EpochMetrics[]
  /** The metrics of the weights that the model has now, if there is a validation set. */
  readonly validation?: Evaluation
  /** The best epoch by validation, from 1. */
  readonly bestEpoch?: number
  /** The number of training examples per second over the whole run, without validation. */
  readonly examplesPerSecond: number
  readonly seconds: number
}
