import type { RgbImage } from '../../transforms/rgbImage.js'
import type { TransformSpec } from '../../transforms/specs.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { importModules } from '../../transforms/transformModule.js'
import { type InspectSettings, lookAt } from './look/ImageLook.js'
import { Preparer, type PrepareSettings } from './preparer.js'

/**
 * A job to do for each sample, as plain data that can be sent to a worker: training views, or an inspection of the
 * images.
 */
export type SampleJob =
  | { readonly kind: 'prepare'; readonly settings: PrepareSettings; readonly steps: readonly TransformSpec[] }
  | { readonly kind: 'inspect'; readonly settings: InspectSettings }

/** A job in the thread that does it. */
export interface SampleWork {
  prepare(index: number, epoch: number, source: string): Promise<unknown>
}

/** Returns the pixels of a sample, or the bytes of its file, in the working thread. */
export type ReadSample = (index: number, source: string) => Promise<RgbImage | Uint8Array>

/**
 * Opens a job in this thread.
 *
 * @throws FineTuneError 'transforms/bad-module'
 */
export async function openJob(job: SampleJob, read: ReadSample): Promise<SampleWork> {
  if (job.kind === 'prepare') return new Preparer(job.settings, await makeSteps(job.steps), read)
  return { prepare: async (index, _, source) => lookAt(await read(index, source), job.settings, source) }
}

/** Makes the transforms again. Their code is loaded here: a page does without it, for its workers do this. */
async function makeSteps(specs: readonly TransformSpec[]): Promise<readonly AnyTransform[]> {
  const { fromSpec } = await import('../../transforms/register.js')
  return importModules(specs.map(fromSpec))
}
