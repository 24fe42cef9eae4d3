import { parallelism, startProcess } from '#platform'
import { TaskQueue } from '../threads/TaskQueue.js'
import { WorkerThread } from '../threads/WorkerThread.js'
import { clusterError } from './errors.js'
import type { JobCalls } from './JobKind.js'

export interface ProcessOptions {
  /** The number of processes, each of which carries out one job at a time. */
  readonly concurrency: number
  /** Threads for the arithmetic of one process. Default: the processors, divided by the processes. */
  readonly jobThreads?: number | undefined
  /** The script of the processes. Default: that of this library. */
  readonly script?: URL | undefined
}

/**
 * Processes that carry out jobs, each started when it is first needed. A job that exhausts the memory, or crashes native
 * code, ends its process alone, and another takes its place.
 */
export class JobProcesses {
  readonly #queue: TaskQueue
  readonly #threads: number
  readonly #script: URL | undefined
  readonly #idle: JobProcess[] = []
  readonly #all = new Set<JobProcess>()
  #isClosed = false

  constructor({ concurrency, jobThreads, script }: ProcessOptions) {
    this.#queue = new TaskQueue(concurrency)
    this.#threads = jobThreads ?? Math.max(1, Math.floor(parallelism() / concurrency))
    this.#script = script
  }

  /**
   * Carries out a job.
   *
   * @param signal aborting it ends the process of the job
   * @throws FineTuneError 'cluster/process-died', 'cluster/closed', the error of the job, the signal's reason
   */
  run(kind: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.#queue.add(async () => {
      if (this.#isClosed) throw clusterError('cluster/closed', {})
      const worker = this.#idle.pop() ?? this.#start()
      try {
        return await worker.run(kind, [kind, input, this.#threads], signal)
      } finally {
        // It computes on, whatever the caller wants.
        if (signal?.aborted) void worker.stop(signal.reason)
        if (worker.isAlive) this.#idle.push(worker)
        else this.#all.delete(worker)
      }
    }, signal)
  }

  /** Ends the processes at once: a job in progress is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#all].map((worker) => worker.stop(clusterError('cluster/closed', {}))))
  }

  #start(): JobProcess {
    const worker = new JobProcess(this.#script)
    this.#all.add(worker)
    return worker
  }
}

class JobProcess {
  readonly #thread: WorkerThread<JobCalls>
  #kind = ''
  isAlive = true

  constructor(script: URL | undefined) {
    this.#thread = new WorkerThread<JobCalls>(startProcess(script), {
      died: (cause) => {
        this.isAlive = false
        return clusterError('cluster/process-died', { kind: this.#kind, problem: cause.message }, { cause })
      },
    })
  }

  run(kind: string, job: [kind: string, input: unknown, threads: number], signal?: AbortSignal): Promise<unknown> {
    this.#kind = kind
    return this.#thread.call('run', job, { signal })
  }

  stop(reason: unknown): Promise<void> {
    this.isAlive = false
    return this.#thread.stop(reason)
  }
}
