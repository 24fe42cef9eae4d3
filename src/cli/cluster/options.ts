import { type Cluster, localCluster, redisCluster } from '../../cluster.node.js'
import { type Options, section, text, type Values, whole } from '../options/options.js'

const address = { placeholder: 'URL', expected: 'an address, redis://host:6379 or rediss://user:password@host' }

/** The place of the queue, for workers and for commands that give them jobs. */
export const queueOptions = {
  redis: text('the address of the queue, which workers take jobs from', address),
  prefix: text('the beginning of its keys in Redis', { placeholder: 'NAME', default: 'onnx-finetune' }),
} satisfies Options

/** The options of a command whose jobs go to processes or machines. */
export const clusterOptions = section('Processes and machines', {
  ...queueOptions,
  redis: text('give the jobs to the workers at this queue, which onnx-finetune worker starts', {
    ...address,
    otherwise: 'processes of this machine',
  }),
  concurrency: whole('without --redis: processes of this machine, each with a job', {
    min: 1,
    otherwise: 'half the processors',
  }),
} satisfies Options)

/** Makes the cluster that the options ask for. */
export function clusterOf(options: Values<typeof clusterOptions>, threads?: number): Cluster {
  const { redis, prefix, concurrency } = options
  return redis === undefined ? localCluster({ concurrency, jobThreads: threads }) : redisCluster({ url: redis, prefix })
}
