import type { SampleJob } from './jobs.js'
import type { SentSample } from './sentSample.js'

/** Samples in work at a time in a thread: while one is read, or decoded by sharp's threads, another is transformed. */
export const AT_ONCE = 2

/** The calls that a decode worker answers. */
export interface DecodeCalls {
  /** Comes first and once. Whatever ends the worker later is the samples' doing. */
  open(job: SampleJob, sources: readonly string[], readsElsewhere: boolean): Promise<void>
  prepare(index: number, epoch: number): Promise<SentSample>
}

/** The calls that a decode worker makes: of a dataset with a `read` of its own, only the thread that has it can read. */
export interface DatasetCalls {
  read(index: number): Promise<Uint8Array>
}
