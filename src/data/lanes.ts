import { startWorker } from '#platform'
import { errorFromPlain, errorToPlain, FineTuneError } from '../errors.js'
import type { TransformSpec } from '../transforms/register.js'
import type { AnyTransform } from '../transforms/transform.js'
import { type ImageDataset, readSample } from './dataset.js'
import { Preparer, type PrepareSettings } from './preparer.js'
import { TaskQueue } from './taskQueue.js'
import { type FromWorker, fromSent, type ToWorker } from './workerMessages.js'

/** Where samples are prepared: in this thread or in workers, with the same results. */
export interface Lanes {
  /** Reads, decodes and begins to transform a sample. `run` names the epoch's iteration that wants it. */
  prepare(index: number, epoch: number, run: number): Promise<unknown>
  /** Forgets what a run still waits for. Its promises stay pending. */
  drop(run: number): void
  close(): Promise<void>
}

/** In this thread. */
export function localLane(dataset: ImageDataset, settings: PrepareSettings, steps: readonly AnyTransform[]): Lanes {
  const sourceOf = (index: number) => dataset.samples[index]!.source
  const preparer = new Preparer(settings, steps, (index) => readSample(dataset, index), sourceOf)
  const queue = new TaskQueue(2)
  return {
    prepare: (index, epoch, run) =>
      new Promise((resolve, reject) => queue.add(run, () => preparer.prepare(index, epoch).then(resolve, reject))),
    drop: (run) => queue.drop(run),
    async close() {},
  }
}

/** In `count` workers. A sample always goes to the same one (its index modulo count), whose cache then knows it. */
export function workerLanes(
  dataset: ImageDataset,
  settings: PrepareSettings,
  steps: readonly TransformSpec[],
  count: number,
): Lanes {
  const share = { ...settings, cacheBytes: Math.floor(settings.cacheBytes / count) }
  const lanes = Array.from({ length: count }, () => workerLane(dataset, share, steps))
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

interface Pending {
  readonly run: number
  resolve(value: unknown): void
  reject(error: Error): void
}

function workerLane(dataset: ImageDataset, settings: PrepareSettings, steps: readonly TransformSpec[]): Lanes {
  const worker = startWorker({
    url: () => new URL('./loader.worker.js', import.meta.url),
    inPage: () => new Worker(new URL('./loader.worker.js', import.meta.url), { type: 'module' }),
  })
  const pending = new Map<number, Pending>()
  const post = (message: ToWorker) => worker.post(message)
  let nextId = 0
  let failure: Error | undefined

  /** A worker with nothing to do lets the process end. */
  const rest = () => worker.keepAlive(pending.size > 0)
  const take = (id: number) => {
    const waiting = pending.get(id)
    pending.delete(id)
    rest()
    return waiting
  }
  worker.onMessage((data) => {
    const message = data as FromWorker
    if (message.type === 'prepared') take(message.id)?.resolve(fromSent(message.value))
    if (message.type === 'failed') take(message.id)?.reject(errorFromPlain(message.error))
    if (message.type === 'read') void answer(message.request, message.index)
  })
  worker.onFailure((cause) => {
    failure ??= new FineTuneError('data/worker-failed', { problem: cause.message }, { cause })
    for (const { reject } of pending.values()) reject(failure)
    pending.clear()
    rest()
  })
  async function answer(request: number, index: number) {
    try {
      post({ type: 'bytes', request, bytes: await readSample(dataset, index) })
    } catch (error) {
      post({ type: 'noBytes', request, error: errorToPlain(error) })
    }
  }

  const sources = dataset.samples.map(({ source }) => source)
  post({ type: 'open', settings, steps, sources, remoteRead: dataset.read !== undefined })
  rest()
  return {
    prepare: (index, epoch, run) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        const id = nextId++
        pending.set(id, { run, resolve, reject })
        rest()
        post({ type: 'prepare', id, run, index, epoch })
      }),
    drop(run) {
      for (const [id, waiting] of pending) if (waiting.run === run) pending.delete(id)
      rest()
      post({ type: 'drop', run })
    },
    close: () => worker.stop(),
  }
}
