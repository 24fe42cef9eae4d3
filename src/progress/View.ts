import type { AutomaticEvent } from '../recipe/events.js'

/** A view of a run. */
export interface View {
  show(event: AutomaticEvent): void
  /** Ends the view of a run that has succeeded or failed. */
  close(): void
}
