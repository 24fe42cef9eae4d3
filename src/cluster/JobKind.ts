import type * as z from 'zod'
import { checkOptions } from '../options.js'
import { clusterError } from './errors.js'

/** The means of the process that carries out a job. */
export interface JobContext {
  /** The number of threads for arithmetic. */
  readonly threads: number
  /** Aborted when the job's result is not wanted any more. */
  readonly signal: AbortSignal
}

/**
 * A kind of jobs. A job may be carried out more than once, and twice at the same time: its output is determined by its
 * input, and its files are written aside and renamed.
 */
export interface JobKind<S extends z.ZodType = z.ZodType, O = unknown> {
  /** The input: data that names files, never functions or code. */
  readonly input: S
  run(input: z.output<S>, context: JobContext): Promise<O>
}

/** Defines a kind: `run` has the type of its input, and a table can hold kinds of any input. */
export const jobKind = <S extends z.ZodType, O>(kind: JobKind<S, O>): JobKind => kind as unknown as JobKind

/** The kinds of jobs that a worker knows, by name. */
export type JobKinds = Readonly<Record<string, JobKind>>

/** The calls that a process for jobs answers. */
export interface JobCalls {
  run(kind: string, input: unknown, threads: number): Promise<unknown>
}

/**
 * Carries out a job.
 *
 * @throws FineTuneError 'cluster/unknown-job', 'options/invalid' for an input that is not of the kind, and those of the
 *   kind
 */
export async function runJob(kinds: JobKinds, kind: string, input: unknown, context: JobContext): Promise<unknown> {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (!known) throw clusterError('cluster/unknown-job', { kind, known: Object.keys(kinds) })
  return known.run(checkOptions(known.input, input, `job ${kind}`), context)
}
