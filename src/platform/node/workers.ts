import type { WorkerKind } from '../contract.js'

/** The scripts of the workers. */
export const workerScripts: Readonly<Record<WorkerKind, () => URL>> = {
  host: () => new URL('../../session/host/host.worker.js', import.meta.url),
  loader: () => new URL('../../data/loader/loader.worker.js', import.meta.url),
  classifier: () => new URL('../../deploy/classifier.worker.js', import.meta.url),
}

/** Returns the script of the processes that carry out jobs. */
export const jobScript = (): URL => new URL('../../jobs/job.worker.js', import.meta.url)
