import * as z from 'zod'
import type { OptimizerGroupState } from '../../contract/CheckpointState.js'
import type { SkippedSample } from '../../data/dataset/dataset.js'
import { errorFromPlain, errorToPlain, type FineTuneError, type PlainError } from '../../errors.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { BudgetState } from '../options/Budget.js'
import type { BestWeights } from '../record/BestEpoch.js'
import type { EpochMetrics, Prediction } from '../record/events.js'
import type { MetricSums } from '../record/RunMetrics.js'
import type { EpochRecord, StepRecord, WarningRecord } from '../record/RunRecord.js'

/** A sample that was left out, as plain data. */
export interface PlainSkipped {
  readonly index: number
  readonly source: string
  readonly error: PlainError
}

export const skippedToPlain = ({ error, ...sample }: SkippedSample): PlainSkipped => ({
  ...sample,
  error: errorToPlain(error),
})
export const skippedFromPlain = ({ error, ...sample }: PlainSkipped): SkippedSample => ({
  ...sample,
  error: errorFromPlain(error) as FineTuneError,
})

export type PlainEpoch<E extends EpochMetrics> = Omit<E, 'skipped'> & { readonly skipped: readonly PlainSkipped[] }

/** A phase of a run, from 1, and the epochs and optimizer steps of the run before it. */
export interface PhaseStart {
  readonly index: number
  readonly epochs: number
  readonly updates: number
}

/** The progress of a run, without its tensors: plain data. */
export interface RunPosition {
  /** The current epoch, from 1; one more than the number of epochs when all are done. */
  readonly epoch: number
  /** The number of batches of this epoch that are done, in its plan: also those none of whose images could be read. */
  readonly batches: number
  /** The number of steps reported in this epoch. */
  readonly step: number
  /** The number of optimizer steps of the whole run. */
  readonly updates: number
  /** The number of steps that were undone, and the factor of learning rates since. */
  readonly undone: number
  readonly rateFactor: number
  readonly budget?: BudgetState | undefined
  /** The current phase, of a run that has some. */
  readonly phase?: PhaseStart | undefined
  /** The sums over this epoch. */
  readonly metrics: MetricSums
  /** The seconds that this epoch's training has taken. */
  readonly epochSeconds: number
  readonly learningRates: Readonly<Record<string, number>>
  /** The results of the previous epochs. */
  readonly epochs: readonly PlainEpoch<EpochMetrics>[]
  readonly skipped: { readonly train: readonly PlainSkipped[]; readonly validation: readonly PlainSkipped[] }
  /** Totals of the whole run: examples trained on, seconds of training, seconds in all. */
  readonly examples: number
  readonly trainSeconds: number
  readonly seconds: number
}

/** The events that a run has reported, for its record. */
export interface RunHistory {
  readonly startedAt: number
  readonly seconds: number
  readonly steps: readonly StepRecord[]
  readonly epochs: readonly PlainEpoch<EpochRecord>[]
  readonly predictions: readonly Prediction[]
  readonly warnings: readonly WarningRecord[]
}

/** The environment that must be the same for a run to be resumed byte for byte. */
export type Machine = Readonly<Record<string, string | number>>

/** Everything that is needed to resume a run. */
export interface RunState {
  /** The arguments of the run, as `identityOf` writes them. */
  readonly identity: unknown
  readonly machine: Machine
  readonly position: RunPosition
  readonly history: RunHistory
  /** The parameters and buffers of the model, by name. */
  readonly weights: Readonly<Record<string, Tensor>>
  readonly optimizer: readonly OptimizerGroupState[]
  /** The averages of the weights, if the run has them. */
  readonly averages?: Readonly<Record<string, Tensor>> | undefined
  readonly best?: BestWeights | undefined
}

const count = z.int().min(0)
const skipped = z.array(z.object({ index: count, source: z.string(), error: z.looseObject({ message: z.string() }) }))
const epoch = z.looseObject({ epoch: count, skipped })
/** The schema of the parts that the run itself reads. Parts that are only passed on are checked to exist. */
export const positionSchema = z.looseObject({
  epoch: z.int().min(1),
  batches: count,
  step: count,
  updates: count,
  undone: count,
  rateFactor: z.number(),
  budget: z.object({ since: z.number(), position: count, step: z.number(), validation: z.number() }).optional(),
  phase: z.object({ index: z.int().min(1), epochs: count, updates: count }).optional(),
  metrics: z.looseObject({
    loss: z.number(),
    hits: count,
    examples: count,
    confusion: z.array(z.array(count)),
  }),
  epochSeconds: z.number(),
  learningRates: z.record(z.string(), z.number()),
  epochs: z.array(epoch),
  skipped: z.object({ train: skipped, validation: skipped }),
  examples: count,
  trainSeconds: z.number(),
  seconds: z.number(),
})
export const historySchema = z.looseObject({
  startedAt: z.number(),
  seconds: z.number(),
  steps: z.array(z.looseObject({ epoch: count })),
  epochs: z.array(epoch),
  predictions: z.array(z.looseObject({ index: count })),
  warnings: z.array(z.looseObject({ message: z.string() })),
})
