import { hasWorkers } from '#platform'
import { type ImageDataset, readSample } from '../dataset/dataset.js'
import { openJob, type SampleJob } from './jobs.js'
import type { Lane } from './Lane.js'
import { AT_ONCE, TaskQueue } from './taskQueue.js'
import { WorkerLane } from './WorkerLane.js'

/** In so many workers, or, for none and where there are none, in this thread. */
export const openLane = (dataset: ImageDataset, job: SampleJob, workers: number): Lane =>
  workers > 0 && hasWorkers() ? workerLanes(dataset, job, workers) : localLane(dataset, job)

function localLane(dataset: ImageDataset, job: SampleJob): Lane {
  const work = openJob(job, {
    read: (index) => readSample(dataset, index),
    sourceOf: (index) => dataset.samples[index]!.source,
  })
  const queue = new TaskQueue(AT_ONCE)
  return {
    prepare: (index, epoch, run) =>
      new Promise((resolve, reject) => queue.add(run, () => work.prepare(index, epoch).then(resolve, reject))),
    drop: (run) => queue.drop(run),
    async close() {},
  }
}

/** In `count` workers. A sample always goes to the same one (its index modulo count), whose cache then knows it. */
function workerLanes(dataset: ImageDataset, job: SampleJob, count: number): Lane {
  const lanes = Array.from({ length: count }, () => new WorkerLane(dataset, job))
  return {
    prepare: (index, epoch, run) => lanes[index % count]!.prepare(index, epoch, run),
    drop(run) {
      for (const lane of lanes) lane.drop(run)
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}
