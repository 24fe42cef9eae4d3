import type { FineTuneEvent } from '../finetune/record/events.js'

/** A view of a run. */
export interface View {
  show(event: FineTuneEvent): void
  /** Ends the view of a run that has succeeded or failed. */
  close(): void
}
