import type { BackboneWarning } from '../../backbones/Backbone.js'
import type { Task } from '../../model/task.js'
import type { ParamGroup } from '../../optim/Optimizer.js'
import type { RuntimeReport } from '../../runtime/RuntimeReport.js'
import type { TransformSummary } from '../../transforms/parts.js'
import type { LossOptions } from '../options/lossOptions.js'
import type { EpochMetrics, Prediction, StepEvent, WarningEvent } from './events.js'

/** The arguments and the history of a run, as plain data: for reports, files and other programs. */
export interface RunRecord {
  /** The state of the run. `stopped`: its loop was left, or its signal aborted. `failed`: it threw. */
  readonly status: 'waiting' | 'running' | 'done' | 'stopped' | 'failed'
  /** The reason why it stopped or failed. */
  readonly error?: { readonly code?: string; readonly message: string }
  /** The start in milliseconds since 1970, UTC; undefined before the first step is prepared. */
  readonly startedAt?: number
  /** The duration until the end, or the last event. */
  readonly seconds: number
  readonly model: ModelSummary
  readonly train: DatasetSummary
  readonly validation?: DatasetSummary
  readonly settings: RunSettings
  /** The runtime and the execution provider that compute, and why others do not; undefined before they are open. */
  readonly runtimeReport?: RuntimeReport
  readonly steps: readonly StepRecord[]
  readonly epochs: readonly EpochRecord[]
  /** Its warnings, if any. */
  readonly warnings?: readonly WarningRecord[]
  /** The predictions of all validation images in the last completed validation, in the order of the dataset. */
  readonly predictions: readonly Prediction[]
}

/** A step, and the time of its end in milliseconds since 1970. */
export type StepRecord = Omit<StepEvent, 'type' | 'epochs' | 'stepsPerEpoch' | 'budgetLeft'> & { readonly time: number }

/** A warning, and its time in milliseconds since 1970. */
export type WarningRecord = Omit<WarningEvent, 'type' | 'facts'> & { readonly time: number }

/** An epoch, the time of its end in milliseconds since 1970, and the number of steps of the run by then. */
export type EpochRecord = EpochMetrics & { readonly time: number; readonly steps: number }

export interface ModelSummary {
  readonly architecture: string
  readonly classes: readonly string[]
  /** The task, unless it is classification. */
  readonly task?: Task
  /** The height and width of the input, in pixels. */
  readonly inputSize: { readonly height: number; readonly width: number }
  /** The number of elements of all parameters, and of the trainable ones. */
  readonly parameters: number
  readonly trainable: number
  /** The warnings of its backbone, if there are any. */
  readonly warnings?: readonly BackboneWarning[]
}

export interface DatasetSummary {
  readonly samples: number
  /** The number of samples of each class, in the order of the classes. */
  readonly perClass: readonly number[]
  /** Its directory, if it is a folder. */
  readonly directory?: string
}

export interface RunSettings {
  readonly epochs: number
  /** The time limit of the run in seconds, if there is one. */
  readonly budget?: number
  readonly batchSize: number
  readonly lossReduction: 'mean' | 'sum'
  /** The loss, unless it is cross-entropy. */
  readonly loss?: LossOptions
  /** The smoothing of the labels in training, if there is any, and the weights of the classes, if they differ. */
  readonly labelSmoothing?: number
  readonly classWeights?: readonly number[]
  /** The architecture of the network that taught, if one did, its temperature and its share of the loss. */
  readonly distill?: { readonly teacher: string; readonly temperature: number; readonly weight: number }
  /** The mixing of training images, if there is any. */
  readonly mixup?: { readonly alpha: number; readonly probability: number }
  readonly cutmix?: { readonly alpha: number; readonly probability: number }
  readonly accumulate: number
  /** The number of sessions that trained together, unless one. */
  readonly replicas?: number
  /** The shards of a run on many workers, the steps of each in a round, and the precision of changes unless float32. */
  readonly shards?: number
  readonly localSteps?: number
  readonly transport?: 'float16'
  /** The sampling of the training images: balanced, by weights, or several of each class. Undefined: each comes once in an epoch. */
  readonly sampling?: 'balanced' | 'weights' | { readonly perClass: number }
  /** The moving average of the weights, if there is one. */
  readonly ema?: { readonly decay: number; readonly warmup: boolean }
  /** The first epoch in the average of the weights of the last ones, if there is one. */
  readonly swa?: { readonly from: number }
  /** The statistics of batch norm at the end, unless they are the running ones. */
  readonly batchNorm?: 'reestimated'
  /** The share of the images for which the last residual branch was dropped in training, if any was. */
  readonly stochasticDepth?: number
  /** The phases of a run that has some. The other settings of optimizer and groups are those of all phases together. */
  readonly phases?: readonly PhaseSummary[]
  /** The batches that it was limited to, if it was. */
  readonly overfitBatches?: number
  readonly fastDevRun?: number
  readonly seed: number
  /** True if a schedule changes the learning rates. */
  readonly schedule: boolean
  readonly optimizer: string
  readonly groups: readonly GroupSummary[]
  readonly trainTransform: readonly TransformSummary[]
  readonly validationTransform?: readonly TransformSummary[]
  /** The number of training views of each image whose features were computed once for all epochs; undefined: none. */
  readonly featureViews?: number
  /** The arithmetic of the frozen layers for those features, if it was not float32. */
  readonly featurePrecision?: 'int8'
  readonly decoder: string
  /** True if images were rotated or mirrored according to their EXIF orientation. */
  readonly autoOrient: boolean
  readonly onError: string
  readonly workers?: number
  readonly threads?: number
  readonly runtime?: string
  /** The names of the execution providers to choose from, or `auto`. */
  readonly executionProviders?: readonly string[]
}

/** A phase of a run. */
export interface PhaseSummary {
  readonly epochs: number
  /** The number of elements of the parameters that it trains. */
  readonly trainable: number
  readonly optimizer: string
  /** True if a schedule changes the learning rates. */
  readonly schedule: boolean
  readonly groups: readonly GroupSummary[]
}

/** A parameter group with every setting of its optimizer, and the number of elements of its parameters. */
export interface GroupSummary extends ParamGroup {
  readonly size: number
}
