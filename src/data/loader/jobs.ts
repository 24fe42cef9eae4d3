import { fromSpec, type TransformSpec } from '../../transforms/register.js'
import { importModules } from '../../transforms/transformModule.js'
import { type InspectSettings, lookAt } from './look/ImageLook.js'
import { Preparer, type PrepareSettings } from './preparer.js'

/** What is to be done with samples, as plain data that a worker can be sent: training views, or a look at the images. */
export type SampleJob =
  | { readonly kind: 'prepare'; readonly settings: PrepareSettings; readonly steps: readonly TransformSpec[] }
  | { readonly kind: 'inspect'; readonly settings: InspectSettings }

/** A job in the thread that does it. */
export interface SampleWork {
  prepare(index: number, epoch: number): Promise<unknown>
}

/** How the thread that works gets at the samples. */
export interface SampleAccess {
  read(index: number): Promise<Uint8Array>
  sourceOf(index: number): string
}

/** @throws FineTuneError 'transforms/bad-module' */
export async function openJob(job: SampleJob, { read, sourceOf }: SampleAccess): Promise<SampleWork> {
  if (job.kind === 'prepare')
    return new Preparer(job.settings, await importModules(job.steps.map(fromSpec)), read, sourceOf)
  return { prepare: async (index) => lookAt(await read(index), job.settings, sourceOf(index)) }
}
