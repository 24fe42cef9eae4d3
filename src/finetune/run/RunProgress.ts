import type { SkippedSample } from '../../data/dataset/dataset.js'
import {
  type PhaseStart,
  type PlainEpoch,
  type RunPosition,
  skippedFromPlain,
  skippedToPlain,
} from '../checkpoint/RunState.js'
import type { EpochMetrics } from '../record/events.js'
import type { MetricSums, RunMetrics } from '../record/RunMetrics.js'

/** The start of a run that has no phases. */
const FIRST: PhaseStart = { index: 1, epochs: 0, updates: 0 }

/** The progress of a run. */
export class RunProgress {
  /** The current epoch, from 1. */
  epoch = 1
  /** The number of batches of this epoch that are done, in its plan. */
  batches = 0
  /** The number of steps reported in this epoch. */
  step = 0
  /** The number of optimizer steps of the whole run. */
  updates = 0
  /** The number of steps that were undone, and the factor of learning rates since. */
  undone = 0
  rateFactor = 1
  metrics: RunMetrics
  learningRates: Readonly<Record<string, number>> = {}
  readonly epochs: EpochMetrics[] = []
  /** The part of the run before the current phase: epochs and optimizer steps. */
  readonly before: PhaseStart
  /** Totals over the completed epochs: examples trained on, seconds of training. */
  examples = 0
  trainSeconds = 0
  /** Samples that were left out before the run was resumed, or by workers. */
  readonly skipped: { train: readonly SkippedSample[]; readonly validation: readonly SkippedSample[] }
  readonly #started = performance.now()
  #epochStarted = this.#started
  readonly #secondsBefore: number = 0
  #epochSecondsBefore = 0

  /** @param newMetrics makes the metrics of an epoch, which continue from sums */
  constructor(
    readonly newMetrics: (start?: MetricSums) => RunMetrics,
    start?: RunPosition,
  ) {
    this.metrics = newMetrics(start?.metrics)
    this.before = start?.phase ?? FIRST
    const { train = [], validation = [] } = start?.skipped ?? {}
    this.skipped = { train: train.map(skippedFromPlain), validation: validation.map(skippedFromPlain) }
    if (!start) return
    const { epoch, batches, step, updates, undone, rateFactor, learningRates, examples, trainSeconds } = start
    Object.assign(this, { epoch, batches, step, updates, undone, rateFactor, learningRates, examples, trainSeconds })
    this.epochs.push(...start.epochs.map(epochFromPlain))
    this.#secondsBefore = start.seconds
    this.#epochSecondsBefore = start.epochSeconds
  }

  /** The current epoch of the phase, from 1. */
  get epochOfPhase(): number {
    return this.epoch - this.before.epochs
  }

  /** The results of the completed epochs of the phase. */
  get epochsOfPhase(): readonly EpochMetrics[] {
    return this.epochs.slice(this.before.epochs)
  }

  /** The number of optimizer steps of the phase. */
  get updatesOfPhase(): number {
    return this.updates - this.before.updates
  }

  get seconds(): number {
    return this.#secondsBefore + secondsSince(this.#started)
  }

  /** The seconds of the current epoch. */
  get epochSeconds(): number {
    return this.#epochSecondsBefore + secondsSince(this.#epochStarted)
  }

  /** Starts the clock of an epoch with its first work. */
  startEpochClock(): void {
    this.#epochStarted = performance.now()
  }

  /** Completes an epoch, after its validation. */
  finishEpoch(metrics: EpochMetrics, trained: { readonly examples: number; readonly trainSeconds: number }): void {
    this.epochs.push(metrics)
    this.examples += trained.examples
    this.trainSeconds += trained.trainSeconds
    this.epoch++
    this.batches = this.step = this.#epochSecondsBefore = 0
    this.metrics = this.newMetrics()
    this.learningRates = {}
    this.startEpochClock()
  }

  /** Returns the position for a checkpoint. @param skipped samples of this run that were left out so far */
  position(skipped: {
    readonly train: readonly SkippedSample[]
    readonly validation: readonly SkippedSample[]
  }): Omit<RunPosition, 'budget'> {
    const { epoch, batches, step, updates, undone, rateFactor, learningRates, examples, trainSeconds } = this
    return {
      ...{ epoch, batches, step, updates, undone, rateFactor, learningRates, examples, trainSeconds },
      seconds: this.seconds,
      epochSeconds: this.epochSeconds,
      ...(this.before !== FIRST && { phase: this.before }),
      metrics: this.metrics.sums,
      epochs: this.epochs.map(epochToPlain),
      skipped: { train: skipped.train.map(skippedToPlain), validation: skipped.validation.map(skippedToPlain) },
    }
  }
}

/** Merges lists of skipped samples: each sample once, in the order of the data set. */
export function mergeSkipped(before: readonly SkippedSample[], now: readonly SkippedSample[]): SkippedSample[] {
  const byIndex = new Map([...before, ...now].map((sample) => [sample.index, sample]))
  return [...byIndex.values()].sort((a, b) => a.index - b.index)
}

export const epochToPlain = <E extends EpochMetrics>({ skipped, ...epoch }: E) =>
  ({ ...epoch, skipped: skipped.map(skippedToPlain) }) as PlainEpoch<E>
export const epochFromPlain = <E extends EpochMetrics>({ skipped, ...epoch }: PlainEpoch<E>) =>
  ({ ...epoch, skipped: skipped.map(skippedFromPlain) }) as unknown as E

const secondsSince = (start: number): number => (performance.now() - start) / 1000
