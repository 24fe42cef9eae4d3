import type { BackboneWarning } from '../../backbones/Backbone.js'
import type { ParamGroup } from '../../optim/Optimizer.js'
import type { EpochMetrics, Prediction, StepEvent, WarningEvent } from './events.js'

/** What a run was told and what it has done so far, as plain data: for reports, files and other programs. */
export interface RunRecord {
  /** `stopped`: its loop was left, or its signal aborted. `failed`: it threw. */
  readonly status: 'waiting' | 'running' | 'done' | 'stopped' | 'failed'
  /** Why it stopped or failed. */
  readonly error?: { readonly code?: string; readonly message: string }
  /** Milliseconds since 1970, UTC; undefined before the first step is prepared. */
  readonly startedAt?: number
  /** Until the end, or the last event. */
  readonly seconds: number
  readonly model: ModelFacts
  readonly train: DatasetFacts
  readonly validation?: DatasetFacts
  readonly settings: RunSettings
  readonly steps: readonly StepRecord[]
  readonly epochs: readonly EpochRecord[]
  /** What it warned of, if anything. */
  readonly warnings?: readonly WarningRecord[]
  /** Of every validation picture, from the last validation that was finished, in the order of the dataset. */
  readonly predictions: readonly Prediction[]
}

/** A step, and when it was done in milliseconds since 1970. */
export type StepRecord = Omit<StepEvent, 'type' | 'epochs' | 'stepsPerEpoch' | 'budgetLeft'> & { readonly time: number }

/** A warning, and when it was given in milliseconds since 1970. */
export type WarningRecord = Omit<WarningEvent, 'type' | 'facts'> & { readonly time: number }

/** An epoch, when it was done in milliseconds since 1970, and how many steps the run had done by then. */
export type EpochRecord = EpochMetrics & { readonly time: number; readonly steps: number }

export interface ModelFacts {
  readonly architecture: string
  readonly classes: readonly string[]
  /** Height and width of the input, in pixels. */
  readonly inputSize: { readonly height: number; readonly width: number }
  /** How many numbers all parameters hold, and those that are trained. */
  readonly parameters: number
  readonly trainable: number
  /** Of its backbone, if there are any. */
  readonly warnings?: readonly BackboneWarning[]
}

export interface DatasetFacts {
  readonly samples: number
  /** Samples of each class, in the order of the classes. */
  readonly perClass: readonly number[]
  /** Where it is, if it is a folder. */
  readonly directory?: string
}

export interface RunSettings {
  readonly epochs: number
  /** Seconds that the run may take, if it may not take as long as it wants. */
  readonly budget?: number
  readonly batchSize: number
  readonly lossReduction: 'mean' | 'sum'
  readonly accumulate: number
  readonly seed: number
  /** Whether a schedule moves the learning rates. */
  readonly schedule: boolean
  readonly optimizer: string
  readonly groups: readonly GroupFacts[]
  readonly trainTransform: readonly TransformFacts[]
  readonly validationTransform?: readonly TransformFacts[]
  /** Training views of each picture that went through the frozen front, once for all epochs; undefined: none. */
  readonly featureViews?: number
  readonly decoder: string
  /** Whether pictures were turned as their EXIF orientation asks. */
  readonly autoOrient: boolean
  readonly onError: string
  readonly workers?: number
  readonly threads?: number
  readonly runtime?: string
  readonly executionProviders?: readonly string[]
}

/** A parameter group with every setting of its optimizer, and how many numbers its parameters hold. */
export interface GroupFacts extends ParamGroup {
  readonly size: number
}

export interface TransformFacts {
  readonly name: string
  readonly options?: Readonly<Record<string, unknown>>
}
