import type { FineTuneError } from '../../errors.js'
import { WorkerThread } from '../../threads/WorkerThread.js'
import { type ImageDataset, readContent } from '../dataset/dataset.js'
import { isTooManyFiles } from '../dataset/patiently.js'
import { dataError } from '../errors.js'
import { AT_ONCE, type DatasetCalls, type DecodeCalls } from './decodeCalls.js'
import type { SampleJob } from './jobs.js'
import { copyToSend, fromSent } from './sentSample.js'

/**
 * The most deaths after which a worker is replaced, counted anew after `FORGIVEN_AFTER` samples without one: on a
 * machine without enough memory it would be replaced without end.
 */
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
 * A worker that prepares samples. One that dies is replaced, and the new one gets the samples that are not done: first,
 * one at a time, those that may have caused the death. A sample with which a worker dies while it has no other is
 * unreadable from then on.
 */
export class DecodeWorker {
  /**
   * The samples that are wanted and not done, in the order of the requests, which is the order of the worker's work.
   */
  private readonly pending = new Set<Task>()
  private readonly unreadable = new Map<number, FineTuneError>()
  private thread: Thread
  private isReady = false
  /** The samples that may have caused the death of the previous worker, and the one that the worker is trying alone. */
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
    this.thread = this.start()
  }

  prepare(index: number, epoch: number, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const error = this.failure ?? this.unreadable.get(index)
      if (error) return reject(error)
      const task = { index, epoch, signal, resolve, reject }
      this.pending.add(task)
      if (this.isReady && !this.alone) this.give(task)
    })
  }

  close(reason: unknown): Promise<void> {
    this.rejectAll(reason)
    return this.thread.stop(reason)
  }

  private start(): Thread {
    const thread: Thread = new WorkerThread('loader', {
      handlers: { read: async ([index]) => copyToSend(await readContent(this.dataset, index)) },
      died: (cause) => {
        this.replace(cause)
        return cause
      },
    })
    this.isReady = false
    const readsElsewhere = Boolean(this.dataset.read ?? this.dataset.image)
    thread.call('open', [this.job, readsElsewhere]).then(
      () => {
        // Only now: what a worker that dies has answered may be lost, and it would count as one that never started.
        this.isReady = true
        this.failedStarts = 0
        this.tryNext()
      },
      (error) => {
        if (thread === this.thread) {
          this.failure ??= error
          this.rejectAll(error)
        }
        return thread.stop(error)
      },
    )
    return thread
  }

  private give(task: Task): void {
    const { thread } = this
    // A suspected sample is tried to the end, wanted or not.
    const signal = task === this.alone ? undefined : task.signal
    thread.call('prepare', [task.index, task.epoch, this.sourceOf(task)], { signal }).then(
      (value) => this.settle(task, () => task.resolve(fromSent(value))),
      (error) => {
        // The next worker gets the samples of one that died.
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
    } catch (error) {
      this.fail(error as Error)
    }
  }

  /** Gives the worker the next suspected sample; if there is none, all that wait. */
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

  private sourceOf({ index }: Pick<Task, 'index'>): string {
    return this.dataset.samples[index]!.source
  }

  private condemn({ index }: Task, cause: Error): void {
    const problem = `loading workers died of it, twice (${cause.message})`
    const error = dataError('data/unreadable', { source: this.sourceOf({ index }), problem }, { cause })
    this.unreadable.set(index, error)
    for (const task of this.pending) if (task.index === index) this.reject(task, error)
  }

  private fail(cause: Error): void {
    const [first] = this.pending
    const facts = { problem: cause.message, ...(first && { source: this.sourceOf(first) }) }
    this.failure = isTooManyFiles(cause)
      ? dataError('data/too-many-files', { what: 'A loading worker' }, { cause })
      : dataError('data/worker-failed', facts, { cause })
    this.rejectAll(this.failure)
  }

  private rejectAll(reason: unknown): void {
    for (const task of this.pending) this.reject(task, reason)
  }

  private reject(task: Task, reason: unknown): void {
    this.pending.delete(task)
    task.reject(reason)
  }
}
