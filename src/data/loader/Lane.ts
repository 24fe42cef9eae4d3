/** Where samples are prepared: in this thread, in a worker or in several, with the same results. */
export interface Lane {
  /** What the job makes of a sample in an epoch. `run` names the iteration that wants it. */
  prepare(index: number, epoch: number, run: number): Promise<unknown>
  /** Forgets what a run still waits for. Its promises stay pending. */
  drop(run: number): void
  close(): Promise<void>
}
