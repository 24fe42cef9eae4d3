import * as z from 'zod'
import { parallelism } from '#platform'
import { checkOptions } from '../options.js'
import type { Cluster, JobData } from './Cluster.js'
import { JobProcesses, type ProcessOptions } from './JobProcesses.js'
import { type Job, mapJobs } from './mapJobs.js'
import { retry } from './retry.js'

export interface LocalClusterOptions {
  /** The number of processes, each of which carries out one job at a time. Default: one for two processors. */
  readonly concurrency?: number | undefined
  /** Threads for the arithmetic of one process. Default: the processors, divided by the processes. */
  readonly jobThreads?: number | undefined
}

const schema = z.strictObject({ concurrency: z.int().min(1).optional(), jobThreads: z.int().min(1).optional() })

/**
 * Makes a cluster of processes of this machine, which are started when they are needed. A process that dies is replaced,
 * and its job is tried again.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function localCluster(options: LocalClusterOptions = {}): Cluster {
  const { concurrency = Math.max(1, Math.floor(parallelism() / 2)), jobThreads } = checkOptions(
    schema,
    options,
    'localCluster',
  )
  return clusterOfProcesses({ concurrency, jobThreads })
}

/** Makes a cluster of processes that run a script. */
export function clusterOfProcesses(options: ProcessOptions): Cluster {
  const processes = new JobProcesses(options)
  return {
    map: mapJobs(
      options.concurrency,
      async <I extends JobData, O extends JobData>({ kind, input, attempts, dropped }: Job<I>) => {
        try {
          const output = await retry(() => processes.run(kind, input, dropped), attempts, dropped)
          return { input, output: output as O }
        } catch (error) {
          if (dropped.aborted) throw error
          return { input, error: error as Error }
        }
      },
    ),
    close: () => processes.close(),
  }
}
