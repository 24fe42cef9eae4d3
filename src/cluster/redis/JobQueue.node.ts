import { randomUUID } from 'node:crypto'
import type { Job, JobsOptions, Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import { errorFromPlain, type PlainError } from '../../errors.js'
import { clusterError } from '../errors.js'
import { FIRST_PAUSE } from '../retry.js'
import { connect, importQueue } from './connect.node.js'
import { QUEUE, type QueuedJob, type RedisOptions } from './options.node.js'

/** The pause between two looks at the jobs that wait: events may be lost while Redis is away. */
const LOOK_EVERY = 5000
/** Done jobs are kept until their results were read, failed ones for those who look for the reason. */
const KEPT = { removeOnComplete: { age: 3600, count: 2000 }, removeOnFail: { age: 7 * 24 * 3600, count: 1000 } }

type Ended = { readonly output: unknown; readonly error?: undefined } | { readonly error: Error }

interface Pending {
  readonly kind: string
  readonly data: QueuedJob
  readonly options: JobsOptions
  /** True from the time when it lies in Redis. */
  isAdded: boolean
  settle(ended: Ended): void
}

/** The queue in Redis, from the side that puts jobs into it and waits for their results. */
export class JobQueue {
  readonly #pending = new Map<string, Pending>()
  readonly #look: NodeJS.Timeout
  /** The beginning of the names of its jobs, which differ from those of other processes. */
  readonly #name = randomUUID()
  #next = 0

  /** @param lookEvery the pause between two looks at the jobs that wait, in milliseconds */
  static async open({ url, prefix }: RedisOptions, lookEvery = LOOK_EVERY): Promise<JobQueue> {
    const packages = await importQueue()
    const redis = await connect(url, packages)
    const listening = redis.duplicate()
    // Connections report what they then mend.
    listening.on('error', () => {})
    const options = { ...(prefix !== undefined && { prefix }), skipVersionCheck: true }
    const queue = new packages.bullmq.Queue(QUEUE, { ...options, connection: redis })
    const events = new packages.bullmq.QueueEvents(QUEUE, { ...options, connection: listening })
    queue.on('error', () => {})
    events.on('error', () => {})
    await events.waitUntilReady()
    return new JobQueue(queue, events, [redis, listening], lookEvery)
  }

  private constructor(
    readonly queue: Queue,
    readonly events: QueueEvents,
    readonly connections: readonly Redis[],
    lookEvery: number,
  ) {
    this.#look = setInterval(() => void this.#lookForAll().catch(() => {}), lookEvery).unref()
    events.on('completed', ({ jobId, returnvalue }) => this.#settle(jobId, { output: returnvalue }))
    events.on('failed', ({ jobId }) => void (this.#pending.has(jobId) && this.#lookFor(jobId).catch(() => {})))
  }

  /** Puts a job into the queue and waits for its end. If the signal is aborted, a job that has not begun is removed. */
  async run(kind: string, input: unknown, attempts: number, signal: AbortSignal): Promise<Ended> {
    signal.throwIfAborted()
    const id = `${this.#name}-${this.#next++}`
    const backoff = { type: 'exponential', delay: FIRST_PAUSE }
    const ended = new Promise<Ended>((settle) => {
      const options = { jobId: id, attempts, backoff, ...KEPT }
      this.#pending.set(id, { kind, data: { input }, options, isAdded: false, settle })
    })
    const dropped = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    )
    try {
      await Promise.race([this.#add(id), dropped])
      return await Promise.race([ended, dropped])
    } catch (error) {
      void this.queue.remove(id).catch(() => {})
      throw error
    } finally {
      this.#pending.delete(id)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#look)
    for (const { settle } of this.#pending.values()) settle({ error: clusterError('cluster/closed', {}) })
    // Parts first: they end what waits on the connections.
    await Promise.allSettled([this.events.close(), this.queue.close()])
    for (const connection of this.connections) connection.disconnect()
  }

  async #add(id: string): Promise<void> {
    const pending = this.#pending.get(id)!
    await this.queue.add(pending.kind, pending.data, pending.options)
    pending.isAdded = true
  }

  #settle(id: string, ended: Ended): void {
    this.#pending.get(id)?.settle(ended)
  }

  async #lookForAll(): Promise<void> {
    for (const [id, { isAdded }] of this.#pending) if (isAdded) await this.#lookFor(id)
  }

  /** Settles a job that has ended, whether its event came or not, and adds one again that Redis has lost. */
  async #lookFor(id: string): Promise<void> {
    // First the state: a job that was read before it ended has no result yet.
    const state = await this.queue.getJobState(id)
    const job = await this.queue.getJob(id)
    if (!this.#pending.has(id)) return
    if (state === 'completed' && job) this.#settle(id, { output: job.returnvalue })
    else if (state === 'failed' && job) this.#settle(id, { error: errorOf(job) })
    else if (!job) await this.#add(id)
  }
}

/** Returns the error of a failed job: the worker's, or the queue's if no worker lived to tell one. */
function errorOf({ name, data, failedReason }: Job<QueuedJob>): Error {
  const told = data.error as PlainError | undefined
  if (told && told.message === failedReason) return errorFromPlain(told)
  return clusterError('cluster/job-failed', { kind: name, problem: failedReason })
}
