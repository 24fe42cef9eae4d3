import { fromSpec, type TransformSpec } from '../transforms/register.js'
import { Preparer, type PrepareSettings } from './preparer.js'

/** What is to be done with samples, as plain data that a worker can be sent. */
export type SampleJob = {
  readonly kind: 'prepare'
  readonly settings: PrepareSettings
  readonly steps: readonly TransformSpec[]
}

/** A job in the thread that does it. */
export interface SampleWork {
  prepare(index: number, epoch: number): Promise<unknown>
}

/** How the thread that works gets at the samples. */
export interface SampleAccess {
  read(index: number): Promise<Uint8Array>
  sourceOf(index: number): string
}

export const openJob = (job: SampleJob, { read, sourceOf }: SampleAccess): SampleWork =>
  new Preparer(job.settings, job.steps.map(fromSpec), read, sourceOf)
