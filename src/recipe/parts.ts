import type { FineTuneRun } from '../finetune/fineTune.js'
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
}
