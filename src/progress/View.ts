import type { FineTuneEvent } from '../finetune/record/events.js'

/** Something that shows a run. */
export interface View {
  show(event: FineTuneEvent): void
  /** The run is over, well or not. */
  close(): void
}
