import type { SkippedSample } from '../../data/dataset/dataset.js'
import type { ErrorCode, FineTuneError } from '../../errors.js'

/** What a training run reports. Losses are per example (mean over examples), whatever the reduction of the loss. */
export type FineTuneEvent =
  | ResumedEvent
  | StepEvent
  | FeatureStepEvent
  | ValidationStepEvent
  | EpochEvent
  | CheckpointEvent
  | WarningEvent
  | DoneEvent

/** The first event of a run that goes on from a checkpoint. */
export interface ResumedEvent {
  readonly type: 'resumed'
  readonly file: string
  /** The epoch that goes on, from 1, and its steps that are done. */
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepsPerEpoch: number
  /**
   * What is not as it was: processor, system, runtime, threads. Where there is none, the weights will be those of a run that
   * was never stopped, to the byte; else they may differ by rounding.
   */
  readonly differences: readonly string[]
  /** Newer checkpoints that cannot be read. */
  readonly broken: readonly { readonly file: string; readonly problem: string }[]
}

/** A checkpoint is written. */
export interface CheckpointEvent {
  readonly type: 'checkpoint'
  readonly epoch: number
  readonly epochs: number
  /** Steps of this epoch that are behind it. */
  readonly step: number
  readonly stepsPerEpoch: number
}

/** Something is wrong, and the run goes on: what would be thrown elsewhere. */
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

/** One batch is done: an optimizer step, or with `accumulate` one of the batches whose gradients are added up for it. */
export interface StepEvent {
  readonly type: 'step'
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** Within the epoch, from 1. */
  readonly step: number
  readonly stepsPerEpoch: number
  /** Of this step's examples. */
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
  /** Over the epoch so far, loading included. */
  readonly examplesPerSecond: number
  /** Of each parameter group, by name, as used in this step. */
  readonly learningRates: Readonly<Record<string, number>>
  /** Seconds of the run's budget that are left, if it has one. */
  readonly budgetLeft?: number
}

/** One batch of pictures has gone through the frozen front of the network, once for many epochs (`cacheFeatures`). */
export interface FeatureStepEvent {
  readonly type: 'featureStep'
  readonly dataset: 'train' | 'validation'
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepsPerEpoch: number
}

/** One batch of the validation set is done. */
export interface ValidationStepEvent {
  readonly type: 'validationStep'
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly stepsPerEpoch: number
  /** Of this batch. */
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
  readonly predictions: readonly Prediction[]
}

/** What the network says about a picture. */
export interface Prediction {
  /** Of the picture, in its dataset. */
  readonly index: number
  readonly source: string
  /** Index of the class that it is of. */
  readonly label: number
  /** Index of the class with the highest score. */
  readonly predicted: number
  /** Of the predicted class: its probability by the network, 0 to 1 (softmax of the logits). */
  readonly score: number
  /** Of the class that the picture is of. */
  readonly labelScore: number
}

/** One epoch is done, its validation included. */
export interface EpochEvent extends EpochMetrics {
  readonly type: 'epoch'
  readonly epochs: number
}

export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number
  /** Over the epoch, each batch measured before its own update, in train mode: as PyTorch loops print it. */
  readonly trainLoss: number
  readonly trainAccuracy: number
  readonly validation?: Evaluation
  /** Whether validation says that it is the best so far. */
  readonly isBest?: boolean
  /** Training only, loading included. */
  readonly examplesPerSecond: number
  /** Training and validation. */
  readonly seconds: number
  /** Of each parameter group, by name, as used in the last step. */
  readonly learningRates: Readonly<Record<string, number>>
  /** Pictures left out because they could not be read (`onError: 'skip'`). */
  readonly skipped: readonly SkippedSample[]
}

export interface Evaluation {
  /** Mean cross-entropy. */
  readonly loss: number
  /** Share of the examples whose highest logit is their label's. */
  readonly accuracy: number
  readonly examples: number
  /** `confusion[label][prediction]`: numbers of examples, in the order of the classes. */
  readonly confusion: readonly (readonly number[])[]
}

/** The last event of a run. */
export interface DoneEvent {
  readonly type: 'done'
  readonly result: FineTuneResult
}

export interface FineTuneResult {
  readonly epochs: readonly EpochMetrics[]
  /** Of the weights that the model has now, if there is a validation set. */
  readonly validation?: Evaluation
  /** The epoch that validation says is best, from 1. */
  readonly bestEpoch?: number
  /** Training examples per second over the whole run, validation left out. */
  readonly examplesPerSecond: number
  readonly seconds: number
}
