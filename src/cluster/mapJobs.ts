import { checkArgument } from '../arguments.js'
import { checkOptions } from '../options.js'
import { asCompleted } from './asCompleted.js'
import { inputsKind, type JobData, type JobResult, jobName, type MapOptions, mapSchema } from './Cluster.js'

/** A job to carry out. */
export interface Job<I> {
  readonly kind: string
  readonly input: I
  readonly attempts: number
  /** A signal that is aborted when the result is not wanted any more. */
  readonly dropped: AbortSignal
}

/**
 * Returns the `map` of a cluster.
 *
 * @param width the most jobs of a call that are on their way at a time
 * @param carryOut carries out a job; it throws only if the result is dropped, or if there is no cluster
 */
export const mapJobs =
  (width: number, carryOut: <I extends JobData, O extends JobData>(job: Job<I>) => Promise<JobResult<I, O>>) =>
  <I extends JobData, O extends JobData>(
    kind: string,
    inputs: Iterable<I> | AsyncIterable<I>,
    options: MapOptions = {},
  ): AsyncIterable<JobResult<I, O>> => {
    checkArgument('Cluster.map: kind', kind, jobName)
    checkArgument('Cluster.map: inputs', inputs, inputsKind)
    const { attempts, signal } = checkOptions(mapSchema, options, 'Cluster.map')
    const begin = (input: I, dropped: AbortSignal) => carryOut<I, O>({ kind, input, attempts, dropped })
    return asCompleted(inputs, width, begin, signal)
  }
