import type { Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import * as z from 'zod'
import { errorToPlain } from '../../errors.js'
import { checkOptions, functionSchema } from '../../options.js'
import { JobProcesses } from '../JobProcesses.js'
import { isHopeless } from '../retry.js'
import { connect, importQueue, type QueuePackages } from './connect.node.js'
import { QUEUE, type QueuedJob, type RedisOptions, redisShape } from './options.node.js'

export interface ClusterWorkerOptions extends RedisOptions {
  /** The number of jobs at a time, each in a process of its own. @default 1 */
  readonly concurrency?: number | undefined
  /** Threads for the arithmetic of one process. Default: the processors, divided by the processes. */
  readonly jobThreads?: number | undefined
  /** The time, in seconds, after which jobs of a worker that gives no sign of life are given to others. @default 30 */
  readonly lockSeconds?: number | undefined
  /** Called when a job begins and when it ends. */
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined
}

/** A job that a worker has begun, done, or failed at: then the queue decides whether it is tried again. */
export interface WorkerEvent {
  readonly type: 'begun' | 'done' | 'failed'
  readonly kind: string
  readonly id: string
  /** The time that it took. */
  readonly seconds?: number
  readonly error?: Error
}

/** A worker that takes jobs from the queue. */
export interface ClusterWorker {
  /** Takes no more jobs, finishes those at hand and frees everything. */
  close(): Promise<void>
}

const schema = z.strictObject({
  ...redisShape,
  concurrency: z.int().min(1).default(1),
  jobThreads: z.int().min(1).optional(),
  lockSeconds: z.number().min(1).default(30),
  onEvent: functionSchema<(event: WorkerEvent) => void>().optional(),
})

/**
 * The most times that a job is given to another worker after one died, in addition to its attempts: one that kills its
 * worker does not go round for ever.
 */
const MOST_STALLS = 10

/**
 * Starts a worker, which takes jobs of `redisCluster` with the same address and prefix until it is closed. A job runs
 * in a process of its own: one that dies is an attempt that failed. Needs the packages `bullmq` and `ioredis`.
 *
 * @throws FineTuneError 'cluster/no-queue', 'cluster/no-redis', 'cluster/old-redis', 'cluster/evicting-redis',
 *   'options/invalid'
 */
export const clusterWorker = async (options: ClusterWorkerOptions): Promise<ClusterWorker> =>
  workerOfProcesses(checkOptions(schema, options, 'clusterWorker'))

/** Starts a worker whose processes run a script. */
export async function workerOfProcesses(
  options: z.output<typeof schema> & { readonly script?: URL },
): Promise<ClusterWorker> {
  const packages = await importQueue()
  const redis = await connect(options.url, packages)
  const processes = new JobProcesses(options)
  const worker = workerOn(redis, processes, packages, options)
  report(worker, options.onEvent)
  await worker.waitUntilReady()
  return {
    async close() {
      await worker.close()
      await processes.close()
      redis.disconnect()
    },
  }
}

function workerOn(
  redis: Redis,
  processes: JobProcesses,
  { bullmq }: QueuePackages,
  { prefix, concurrency, lockSeconds }: z.output<typeof schema>,
): Worker<QueuedJob> {
  const carryOut = async (job: Job<QueuedJob>): Promise<unknown> => {
    try {
      return await processes.run(job.name, job.data.input)
    } catch (error) {
      // What fails is told whole; the queue itself keeps the message alone.
      const plain = errorToPlain(error)
      await job.updateData({ ...job.data, error: plain })
      throw isHopeless(error) ? new bullmq.UnrecoverableError(plain.message) : error
    }
  }
  return new bullmq.Worker<QueuedJob>(QUEUE, carryOut, {
    ...{ connection: redis, prefix, concurrency, skipVersionCheck: true },
    lockDuration: 1000 * lockSeconds,
    stalledInterval: 1000 * lockSeconds,
    maxStalledCount: MOST_STALLS,
    // A Redis that starts anew is back in seconds.
    runRetryDelay: 1000,
  })
}

function report(worker: Worker<QueuedJob>, onEvent: ClusterWorkerOptions['onEvent']): void {
  const secondsOf = ({ processedOn, finishedOn }: Job) =>
    ((finishedOn ?? Date.now()) - (processedOn ?? Date.now())) / 1000
  // Connections report what they then mend.
  worker.on('error', () => {})
  worker.on('active', ({ name, id }) => onEvent?.({ type: 'begun', kind: name, id: id! }))
  worker.on('completed', (job) => onEvent?.({ type: 'done', kind: job.name, id: job.id!, seconds: secondsOf(job) }))
  worker.on('failed', (job, error) => {
    if (job) onEvent?.({ type: 'failed', kind: job.name, id: job.id!, seconds: secondsOf(job), error })
  })
}
