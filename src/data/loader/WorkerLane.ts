import { startWorker } from '#platform'
import { errorFromPlain, errorToPlain, FineTuneError } from '../../errors.js'
import type { WorkerHandle } from '../../platform/contract.js'
import { type ImageDataset, readSample } from '../dataset/dataset.js'
import { isTooManyFiles } from '../dataset/patiently.js'
import type { SampleJob } from './jobs.js'
import type { Lane } from './Lane.js'
import { AT_ONCE } from './taskQueue.js'
import { type FromWorker, fromSent, type ToWorker } from './workerMessages.js'

/** Deaths that are made good, unless so many samples came well in between: else a machine without memory would go on for ever. */
const MOST_DEATHS = 16
const FORGIVEN_AFTER = 256

interface Pending {
  readonly id: number
  readonly index: number
  readonly epoch: number
  readonly run: number
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * A loading worker. One that dies is replaced, and the new one is given what the old one still had to do: first, one at a
 * time, the samples that it may have died of. One that a worker dies of when it has nothing else to do is unreadable from
 * then on.
 */
export class WorkerLane implements Lane {
  /** Wanted and not yet there, in the order in which they were asked for, which is that of the worker's work. */
  private readonly pending = new Map<number, Pending>()
  private readonly unreadable = new Map<number, FineTuneError>()
  private readonly sources: readonly string[]
  private worker: WorkerHandle
  private isReady = false
  /** Samples that the worker before may have died of, and the one of them that the worker is trying alone. */
  private suspects: Pending[] = []
  private alone: Pending | undefined
  private nextId = 0
  private deaths = 0
  private failedStarts = 0
  private preparedSinceDeath = 0
  private failure: FineTuneError | undefined

  constructor(
    private readonly dataset: ImageDataset,
    private readonly job: SampleJob,
  ) {
    this.sources = dataset.samples.map(({ source }) => source)
    this.worker = this.start()
    this.rest()
  }

  prepare(index: number, epoch: number, run: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const error = this.failure ?? this.unreadable.get(index)
      if (error) return reject(error)
      const task = { id: this.nextId++, index, epoch, run, resolve, reject }
      this.pending.set(task.id, task)
      this.rest()
      if (!this.alone) this.post(task)
    })
  }

  drop(run: number): void {
    for (const task of this.pending.values()) if (task.run === run) this.pending.delete(task.id)
    this.rest()
    this.send({ type: 'drop', run })
  }

  close(): Promise<void> {
    return this.worker.stop()
  }

  private start(): WorkerHandle {
    const worker = startWorker({
      url: () => new URL('./loader.worker.js', import.meta.url),
      inPage: () => new Worker(new URL('./loader.worker.js', import.meta.url), { type: 'module' }),
    })
    worker.onMessage((data) => this.receive(data as FromWorker, worker))
    worker.onFailure((cause) => worker === this.worker && this.replace(cause))
    const { job, sources, dataset } = this
    const open: ToWorker = { type: 'open', job, sources, remoteRead: dataset.read !== undefined }
    worker.post(open)
    this.isReady = false
    return worker
  }

  private receive(message: FromWorker, worker: WorkerHandle): void {
    if (message.type === 'ready') {
      this.isReady = true
      this.failedStarts = 0
    }
    if (message.type === 'prepared') this.take(message.id)?.resolve(fromSent(message.value))
    if (message.type === 'failed') this.take(message.id)?.reject(errorFromPlain(message.error))
    if (message.type === 'read') void this.answer(message.request, message.index, worker)
  }

  private take(id: number): Pending | undefined {
    const task = this.pending.get(id)
    this.pending.delete(id)
    this.rest()
    if (++this.preparedSinceDeath === FORGIVEN_AFTER) this.deaths = 0
    if (this.alone?.id === id) this.tryNext()
    return task
  }

  private async answer(request: number, index: number, worker: WorkerHandle): Promise<void> {
    const answer: ToWorker = await readSample(this.dataset, index).then(
      (bytes) => ({ type: 'bytes', request, bytes }),
      (error) => ({ type: 'noBytes', request, error: errorToPlain(error) }),
    )
    worker.post(answer)
  }

  private replace(cause: Error): void {
    void this.worker.stop()
    this.deaths++
    this.preparedSinceDeath = 0
    if (!this.isReady) {
      this.failedStarts++
      if (this.alone) this.suspects.unshift(this.alone)
    } else if (this.alone) this.condemn(this.alone, cause)
    else this.suspects = [...this.pending.values()].slice(0, AT_ONCE)
    if (this.deaths > MOST_DEATHS || this.failedStarts > 1) this.fail(cause)
    else this.startAnother()
  }

  private startAnother(): void {
    try {
      this.worker = this.start()
      this.rest()
      this.tryNext()
    } catch (error) {
      this.fail(error as Error)
    }
  }

  /** Gives the worker the next sample that is under suspicion; when there is none, all that waits. */
  private tryNext(): void {
    do this.alone = this.suspects.shift()
    while (this.alone && !this.pending.has(this.alone.id))
    if (this.alone) this.post(this.alone)
    else for (const task of this.pending.values()) this.post(task)
  }

  private condemn({ index }: Pending, cause: Error): void {
    const problem = `loading workers died of it, twice (${cause.message})`
    const error = new FineTuneError('data/unreadable', { source: this.sources[index]!, problem }, { cause })
    this.unreadable.set(index, error)
    for (const task of this.pending.values()) {
      if (task.index !== index) continue
      this.pending.delete(task.id)
      task.reject(error)
    }
  }

  private fail(cause: Error): void {
    const [first] = this.pending.values()
    const facts = { problem: cause.message, ...(first && { source: this.sources[first.index]! }) }
    this.failure = isTooManyFiles(cause)
      ? new FineTuneError('data/too-many-files', { what: 'A loading worker' }, { cause })
      : new FineTuneError('data/worker-failed', facts, { cause })
    for (const { reject } of this.pending.values()) reject(this.failure)
    this.pending.clear()
  }

  private post({ id, run, index, epoch }: Pending): void {
    this.send({ type: 'prepare', id, run, index, epoch })
  }

  private send(message: ToWorker): void {
    this.worker.post(message)
  }

  /** A worker with nothing to do lets the process end. */
  private rest(): void {
    this.worker.keepAlive(this.pending.size > 0)
  }
}
