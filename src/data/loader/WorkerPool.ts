import { hasWorkers } from '#platform'
import { TaskQueue } from '../../threads/TaskQueue.js'
import { type ImageDataset, readContent } from '../dataset/dataset.js'
import { dataError } from '../errors.js'
import { DecodeWorker } from './DecodeWorker.js'
import { AT_ONCE } from './decodeCalls.js'
import type { SampleJob } from './jobs.js'

/**
 * A pool that prepares samples in worker threads or, without support for workers, in the calling thread, with equal
 * results.
 */
export interface WorkerPool {
  /**
   * Returns the job's result for a sample in an epoch.
   *
   * @param signal aborted when the result is no longer wanted: the sample is not started then, and is rejected with the
   *   signal's reason
   */
  prepare(index: number, epoch: number, signal?: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

/**
 * Opens a pool.
 *
 * @param workers the number of workers; for 0, or without support for workers, the calling thread does the work
 */
export const openWorkerPool = (dataset: ImageDataset, job: SampleJob, workers: number): WorkerPool =>
  workers > 0 && hasWorkers() ? decodeWorkers(dataset, job, workers) : callingThread(dataset, job)

function callingThread(dataset: ImageDataset, job: SampleJob): WorkerPool {
  // A page whose workers decode needs none of that code.
  const work = import('./jobs.js').then(({ openJob }) => openJob(job, (index) => readContent(dataset, index)))
  work.catch(() => {}) // thrown where samples are prepared
  const queue = new TaskQueue(AT_ONCE)
  const prepare = async (index: number, epoch: number) =>
    (await work).prepare(index, epoch, dataset.samples[index]!.source)
  return {
    prepare: (index, epoch, signal) => queue.add(() => prepare(index, epoch), signal),
    async close() {},
  }
}

/**
 * Opens a pool of workers. A sample always goes to the same worker (its index modulo count), whose cache then has it.
 */
function decodeWorkers(dataset: ImageDataset, job: SampleJob, count: number): WorkerPool {
  const workers = Array.from({ length: count }, () => new DecodeWorker(dataset, job))
  return {
    prepare: (index, epoch, signal) => workers[index % count]!.prepare(index, epoch, signal),
    async close() {
      const reason = dataError('data/closed', {})
      await Promise.all(workers.map((worker) => worker.close(reason)))
    },
  }
}
