import type { Settings } from './searchSpace.js'

/** The measures of a training run. */
export interface RunResult {
  /** The measures of the trained weights on the validation images. */
  readonly validation: { readonly loss: number; readonly accuracy: number; readonly examples: number }
  readonly epochs: readonly {
    readonly epoch: number
    readonly trainLoss: number
    readonly validation?: { readonly loss: number; readonly accuracy: number } | undefined
  }[]
  readonly seconds: number
}

/** A run of a sweep: its result, or the error that it failed with. */
export interface SweepRun {
  readonly settings: Settings
  /** The number of the rung with `'asha'`, from 0: runs of each are longer than those of the one below. Else 0. */
  readonly rung: number
  /** The directory with its classifier, its report and its checkpoints. */
  readonly directory: string
  readonly result?: RunResult
  readonly error?: Error
}

export type Metric = 'accuracy' | 'loss'

/** Returns the result of a run as a number, the higher, the better; -Infinity for one that failed or diverged. */
export function scoreOf(result: RunResult | undefined, metric: Metric): number {
  const { accuracy, loss } = result?.validation ?? { accuracy: Number.NaN, loss: Number.NaN }
  const score = metric === 'loss' ? -loss : accuracy
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score
}

/** Sorts runs, the best first. Those of higher rungs come before others: they were the better ones there. */
export function ranked(runs: readonly SweepRun[], metric: Metric): SweepRun[] {
  const compare = (a: number, b: number) => (a === b ? 0 : b - a)
  const isDone = ({ result }: SweepRun) => Number(result !== undefined)
  return runs.toSorted(
    (a, b) =>
      compare(isDone(a), isDone(b)) ||
      compare(a.rung, b.rung) ||
      compare(scoreOf(a.result, metric), scoreOf(b.result, metric)) ||
      (a.directory < b.directory ? -1 : 1),
  )
}

/** Returns a run as JSON has it. */
export const plainRun = ({ error, ...run }: SweepRun): object => ({ ...run, ...(error && { error: error.message }) })
