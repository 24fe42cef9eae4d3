import type { FineTuneError } from '../../errors.js'
import { WorkerThread } from '../../threads/WorkerThread.js'
import { type ImageDataset, readSample } from '../dataset/dataset.js'
import { isTooManyFiles } from '../dataset/patiently.js'
import { dataError } from '../errors.js'
import { AT_ONCE, type DatasetCalls, type DecodeCalls } from './decodeCalls.js'
import type { SampleJob } from './jobs.js'
import { fromSent } from './sentSample.js'

/** Deaths that are made good, unless so many samples came well in between: else a machine without memory would go on for ever. */
const MOST_DEATHS = 16
const FORGIVEN_AFTER = 256

type Thread = WorkerThread<DecodeCalls, DatasetCalls>

interface Task {
  readonly index: number
  readonly epoch: number
  readonly signal: AbortSignal | undefined
  resolve(value: unknown): void
  reject(reason: unknown): void
}

/**
 * A worker that prepares samples. One that dies is replaced, and the new one is given what the old one still had to do:
 * first, one at a time, the samples that it may have died of. One that a worker dies of when it has nothing else to do is
 * unreadable from then on.
 */
export class DecodeWorker {
  /** Wanted and not yet there, in the order in which they were asked for, which is that of the worker's work. */
  private readonly pending = new Set<Task>()
  private readonly unreadable = new Map<number, FineTuneError>()
  private readonly sources: readonly string[]
  private thread: Thread
  private isReady = false
  /** Samples that the worker before may have died of, and the one of them that the worker is trying alone. */
  private suspects: Task[] = []
  private alone: Task | undefined
  private deaths = 0
  private failedStarts = 0
  private preparedSinceDeath = 0
  private failure: FineTuneError | undefined

  constructor(
    private readonly dataset: ImageDataset,
    private readonly job: SampleJob,
  ) {
    this.sources = dataset.samples.map(({ source }) => source)
    this.thread = this.start()
  }

  prepare(index: number, epoch: number, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const error = this.failure ?? this.unreadable.get(index)
      if (error) return reject(error)
      const task = { index, epoch, signal, resolve, reject }
      this.pending.add(task)
      if (!this.alone) this.give(task)
    })
  }

  close(reason: unknown): Promise<void> {
    return this.thread.stop(reason)
  }

  private start(): Thread {
    const thread: Thread = new WorkerThread(
      {
        url: () => new URL('./loader.worker.js', import.meta.url),
        inPage: () => new Worker(new URL('./loader.worker.js', import.meta.url), { type: 'module' }),
      },
      {
        handlers: { read: ([index]) => readSample(this.dataset, index) },
        died: (cause) => {
          this.replace(cause)
          return cause
        },
      },
    )
    this.isReady = false
    thread.call('open', [this.job, this.sources, this.dataset.read !== undefined]).then(
      () => {
        this.isReady = true
        this.failedStarts = 0
      },
      (error) => thread.stop(error),
    )
    return thread
  }

  private give(task: Task): void {
    const { thread } = this
    // Whether the worker dies of a sample under suspicion must come out, wanted or not.
    const signal = task === this.alone ? undefined : task.signal
    thread.call('prepare', [task.index, task.epoch], { signal }).then(
      (value) => this.settle(task, () => task.resolve(fromSent(value))),
      (error) => {
        // The samples of a worker that died are the next one's.
        if (thread === this.thread) this.settle(task, () => task.reject(error))
      },
    )
  }

  private settle(task: Task, answer: () => void): void {
    if (this.pending.delete(task)) answer()
    if (!task.signal?.aborted && ++this.preparedSinceDeath === FORGIVEN_AFTER) this.deaths = 0
    if (this.alone === task) this.tryNext()
  }

  private replace(cause: Error): void {
    this.deaths++
    this.preparedSinceDeath = 0
    if (!this.isReady) {
      this.failedStarts++
      if (this.alone) this.suspects.unshift(this.alone)
    } else if (this.alone) this.condemn(this.alone, cause)
    else this.suspects = [...this.pending].slice(0, AT_ONCE)
    if (this.deaths > MOST_DEATHS || this.failedStarts > 1) this.fail(cause)
    else this.startAnother()
  }

  private startAnother(): void {
    try {
      this.thread = this.start()
      this.tryNext()
    } catch (error) {
      this.fail(error as Error)
    }
  }

  /** Gives the worker the next sample that is under suspicion; when there is none, all that waits. */
  private tryNext(): void {
    this.dropUnwanted()
    do this.alone = this.suspects.shift()
    while (this.alone && !this.pending.has(this.alone))
    if (this.alone) this.give(this.alone)
    else for (const task of this.pending) this.give(task)
  }

  private dropUnwanted(): void {
    for (const task of this.pending) if (task.signal?.aborted) this.reject(task, task.signal.reason)
  }

  private condemn({ index }: Task, cause: Error): void {
    const problem = `loading workers died of it, twice (${cause.message})`
    const error = dataError('data/unreadable', { source: this.sources[index]!, problem }, { cause })
    this.unreadable.set(index, error)
    for (const task of this.pending) if (task.index === index) this.reject(task, error)
  }

  private fail(cause: Error): void {
    const [first] = this.pending
    const facts = { problem: cause.message, ...(first && { source: this.sources[first.index]! }) }
    this.failure = isTooManyFiles(cause)
      ? dataError('data/too-many-files', { what: 'A loading worker' }, { cause })
      : dataError('data/worker-failed', facts, { cause })
    for (const task of this.pending) this.reject(task, this.failure)
  }

  private reject(task: Task, reason: unknown): void {
    this.pending.delete(task)
    task.reject(reason)
  }
}
