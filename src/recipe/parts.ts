import type { FineTuneRun } from '../finetune/run/FineTuneRun.js'
import type { Model } from '../model/Model.js'
import type { AutomaticEvent } from './events.js'
import type { KeptRecipe } from './KeptRecipe.js'
import type { CheckedAutomatic } from './options.js'

export type Events<Result> = AsyncGenerator<AutomaticEvent, Result>

/** The calls of a run to its surroundings, where its user may interrupt it. */
export interface Surroundings {
  /** Called with each run of `fineTune` that begins, so that it can be paused. */
  begins(run: FineTuneRun): void
  /** Called when a training resumes from a checkpoint. */
  resumes(training: FineTuneRun): void
  /** Called before events that belong into the record, and before those that do not. */
  records(isRecorded: boolean): void
}

/** The things that the stages of a run share. */
export interface RecipeParts {
  readonly model: Model
  readonly options: CheckedAutomatic
  readonly surroundings: Surroundings
  /** The time at which the run began, of `performance.now()`; where it is resumed, less the time before. */
  readonly since: number
  /** The state that is kept for a run that resumes, if any is. */
  readonly kept: KeptRecipe | undefined
}

/** The part of the budget that training may use up: the rest is for measuring and for writing. */
const USED = 0.95

/** Returns the seconds that a run has taken. */
export const secondsOf = ({ since }: Pick<RecipeParts, 'since'>): number => (performance.now() - since) / 1000

/**
 * Returns the seconds that a training may take: a share of those that are left of the budget. None where the number of
 * epochs is given: then the same bytes come out on a slow machine.
 */
export function secondsFor(run: Pick<RecipeParts, 'options' | 'since'>, share: number): number | undefined {
  const { epochs, budget } = run.options
  if (epochs !== undefined) return undefined
  return Math.max(1, share * (USED * budget - secondsOf(run)))
}
