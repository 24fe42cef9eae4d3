import * as z from 'zod'
import { checkOptions } from '../../options.js'
import type { Cluster, JobData } from '../Cluster.js'
import { type Job, mapJobs } from '../mapJobs.js'
import { JobQueue } from './JobQueue.node.js'
import { type RedisOptions, redisShape } from './options.node.js'

export interface RedisClusterOptions extends RedisOptions {
  /**
   * The most jobs of one call that lie in Redis at a time, done or not. More workers than this have nothing to do.
   * @default 500
   */
  readonly waiting?: number | undefined
}

const schema = z.strictObject({ ...redisShape, waiting: z.int().min(1).default(500) })

/**
 * Makes a cluster of the workers that take jobs from a queue in Redis (BullMQ): `onnx-finetune worker`, on any number of
 * machines. It connects when it is first used. Jobs of a worker that dies are given to another; a Redis that starts
 * anew is waited for. Needs the packages `bullmq` and `ioredis`.
 *
 *     const cluster = redisCluster({ url: 'redis://10.0.0.5' })
 *
 * @throws FineTuneError 'options/invalid'; its calls throw 'cluster/no-queue', 'cluster/no-redis', 'cluster/old-redis',
 *   'cluster/evicting-redis'
 */
export function redisCluster(options: RedisClusterOptions): Cluster {
  const { waiting, ...where } = checkOptions(schema, options, 'redisCluster')
  let opening: Promise<JobQueue> | undefined
  const open = () => {
    opening ??= JobQueue.open(where)
    // One that failed is tried anew by the next call.
    opening.catch(() => (opening = undefined))
    return opening
  }
  return {
    map: mapJobs(waiting, async <I extends JobData, O extends JobData>({ kind, input, attempts, dropped }: Job<I>) => {
      const queue = await open()
      const result = await queue.run(kind, input, attempts, dropped)
      return result.error ? { input, error: result.error } : { input, output: result.output as O }
    }),
    async close() {
      const queue = await opening?.catch(() => undefined)
      await queue?.close()
    },
  }
}
