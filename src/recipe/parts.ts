import type { FineTuneRun } from '../finetune/fineTune.js'
import type { Model } from '../model/Model.js'
import type { AutomaticEvent } from './events.js'
import type { CheckedAutomatic } from './options.js'

export type Events<Result> = AsyncGenerator<AutomaticEvent, Result>

/** Where the user of a run may interrupt it. */
export interface Surroundings {
  /** Called with each run of `fineTune` that begins, so that it can be paused. */
  begins(run: FineTuneRun): void
  /** Called before events that belong into the record, and before those that do not. */
  records(isRecorded: boolean): void
}

/** What the stages of a run share. */
export interface RecipeParts {
  readonly model: Model
  readonly options: CheckedAutomatic
  readonly surroundings: Surroundings
}
