import type { FineTuneRun } from '../finetune/run/FineTuneRun.js'
import type { Model } from '../model/Model.js'
import type { AutomaticEvent } from './events.js'
import type { CheckedAutomatic } from './options.js'

export type Events<Result> = AsyncGenerator<AutomaticEvent, Result>

/** The calls of a run to its surroundings, where its user may interrupt it. */
export interface Surroundings {
  /** Called with each run of `fineTune` that begins, so that it can be paused. */
  begins(run: FineTuneRun): void
  /** Called before events that belong into the record, and before those that do not. */
  records(isRecorded: boolean): void
}

/** The things that the stages of a run share. */
export interface RecipeParts {
  readonly model: Model
  readonly options: CheckedAutomatic
  readonly surroundings: Surroundings
  /** The time at which the run began, of `performance.now()`. */
  readonly since: number
}

/** The part of the budget that training may use up: the rest is for measuring and for writing. */
const USED = 0.95

/**
 * Returns the seconds that a training may take: a share of those that are left of the budget. None where the number of
 * epochs is given: then the same bytes come out on a slow machine.
 */
export function secondsFor({ options, since }: RecipeParts, share: number): number | undefined {
  if (options.epochs !== undefined) return undefined
  return Math.max(1, share * (USED * options.budget - (performance.now() - since) / 1000))
}
