import * as z from 'zod'
import { isObject, type Kind, kinds } from '../arguments.js'

/** The input or the output of a job: plain JSON, and small. What is large lies in files, which it names. */
export type JobData = object

/** A job that is done, or one that failed at every attempt. They come in the order in which they end. */
export type JobResult<I extends JobData, O extends JobData> =
  | { readonly input: I; readonly output: O; readonly error?: undefined }
  | { readonly input: I; readonly error: Error; readonly output?: undefined }

export interface MapOptions {
  /** The attempts at a job, with growing pauses between, before it counts as failed. @default 5 */
  readonly attempts?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The processes that carry out jobs: those of this machine (`localCluster`), or those of workers on any number of machines (`redisCluster`). */
export interface Cluster {
  /**
   * Carries out a job for each input. Inputs are taken as there is room for more jobs, so that memory does not grow with
   * their number. Leaving the loop, or aborting the signal, drops the jobs that have not begun.
   *
   * @param kind the name of a kind of jobs that the workers know
   */
  map<I extends JobData, O extends JobData>(
    kind: string,
    inputs: Iterable<I> | AsyncIterable<I>,
    options?: MapOptions,
  ): AsyncIterable<JobResult<I, O>>
  /** Frees the connections and processes. Jobs in progress are left. */
  close(): Promise<void>
}

export const mapSchema = z.strictObject({
  attempts: z.int().min(1).default(5),
  signal: z.instanceof(AbortSignal).optional(),
})

export const isCluster = (value: unknown): value is Cluster =>
  isObject(value) && typeof value.map === 'function' && typeof value.close === 'function'

export const inputsKind: Kind = {
  expected: 'a list of the inputs of jobs, or an iterable of them',
  is: (value) => isObject(value) && (Symbol.iterator in value || Symbol.asyncIterator in value),
}
export const jobName: Kind = kinds.name
