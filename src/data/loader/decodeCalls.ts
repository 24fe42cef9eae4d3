import type { SampleJob } from './jobs.js'
import type { SentSample } from './sentSample.js'

/**
 * The number of samples that a thread prepares at a time: while one is read, or decoded by sharp's threads, another is
 * transformed.
 */
export const AT_ONCE = 2

/** The calls that a decode worker answers. */
export interface DecodeCalls {
  /** Opens the job: the first call, made once. Any later death of the worker is attributed to the samples. */
  open(job: SampleJob, readsElsewhere: boolean): Promise<void>
  /** Prepares a sample. Its source comes with it: a list of millions would be in each worker. */
  prepare(index: number, epoch: number, source: string): Promise<SentSample>
}

/** The calls that a decode worker makes: a dataset with `read` or `image` can be read only in the thread that has it. */
export interface DatasetCalls {
  read(index: number): Promise<SentSample>
}
