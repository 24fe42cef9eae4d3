import * as z from 'zod'
import { isCluster } from '../../cluster/Cluster.js'
import type { ClusterOption } from '../../cluster/withCluster.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { stepsOf } from '../../transforms/compose.js'
import { isSendable, toSpec } from '../../transforms/specs.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { type Refusal, refuseFirst } from './refuseFirst.js'

/** The options of a run whose steps many workers compute (local SGD, arXiv 1805.09767). */
export interface ShardOptions {
  /**
   * The workers that compute the steps: processes of this machine (`'local'`), or any cluster of `onnx-finetune/cluster`.
   * The run needs `shards`. Default: this process computes them.
   */
  readonly cluster?: ClusterOption | undefined
  /**
   * The number of parts into which the batches are dealt in turn, one batch of `batchSize` to each. In a round every
   * shard takes `localSteps` steps by itself from common weights; then weights, running statistics and the optimizer's
   * state are averaged, by the images of each. The weights depend on `seed`, `shards` and `localSteps`, not on the number
   * of workers. Only with `cluster`.
   */
  readonly shards?: number | undefined
  /**
   * The number of steps of a shard in a round; the last round of an epoch may be shorter. With 1 and plain SGD, a round
   * is one step on the gradient of all its images. Only with `cluster`.
   * @default 16
   */
  readonly localSteps?: number | undefined
  /**
   * The directory for the files of a round, which all workers can read and write: about three times the network for each
   * shard. Default, for `'local'`: a temporary one.
   */
  readonly sharedDirectory?: string | undefined
  /**
   * The precision in which shards write the changes of their weights: `'float16'` halves those files, and rounds each
   * change by at most 0.05 % of the largest in its tensor. Only with `cluster`.
   * @default 'float32'
   */
  readonly transport?: 'float32' | 'float16' | undefined
}

/** The option of a run whose batches several sessions of this process compute together. */
export interface ReplicaOptions {
  /**
   * The number of sessions that train together, in threads of this process: each takes a part of every batch, and the
   * gradients of all make one update, as PyTorch's DistributedDataParallel. Batch norm sees the images of a replica
   * alone; running statistics are those of the first. Memory for the network is needed for each; `threads` is the number
   * for one of them, by default the processors divided by the replicas.
   * @default 1
   */
  readonly replicas?: number | undefined
}

const positive = z.int().min(1)

/** The schemas of `ShardOptions`. */
export const shardShape = {
  replicas: positive.default(1),
  cluster: z
    .custom<ClusterOption>(
      (value) => value === 'local' || isCluster(value),
      "'local', localCluster() or redisCluster()",
    )
    .optional(),
  shards: positive.optional(),
  localSteps: positive.optional(),
  sharedDirectory: z.string().min(1).optional(),
  transport: z.enum(['float32', 'float16']).optional(),
}

const OF_CLUSTER = ['shards', 'localSteps', 'sharedDirectory', 'transport'] as const

interface ShardedRun extends Partial<Record<(typeof OF_CLUSTER)[number], unknown>> {
  readonly cluster?: ClusterOption | undefined
  readonly train: ImageDataset
  readonly trainTransform?: AnyTransform | undefined
  readonly accumulate: number
  readonly replicas: number
  readonly ema?: object | undefined
  readonly cacheFeatures?: unknown
}

/** The options that a run on a cluster, or one without, cannot honour, and what is possible instead. */
const refusals: readonly Refusal<ShardedRun>[] = [
  ...OF_CLUSTER.map(
    (option) =>
      [option, (run: ShardedRun) => !run.cluster && run[option] !== undefined, 'left out, without a cluster'] as const,
  ),
  ['shards', ({ cluster, shards }) => !!cluster && shards === undefined, 'a number, with a cluster'],
  [
    'sharedDirectory',
    ({ cluster, sharedDirectory }) => typeof cluster === 'object' && sharedDirectory === undefined,
    'a directory that all workers of the cluster share',
  ],
  ['accumulate', ({ cluster, accumulate }) => !!cluster && accumulate > 1, '1, with a cluster: choose a batchSize'],
  ['replicas', ({ cluster, replicas }) => !!cluster && replicas > 1, '1, with a cluster'],
  ['accumulate', ({ accumulate, replicas }) => accumulate > 1 && replicas > 1, '1, with replicas: choose a batchSize'],
  ['ema', ({ cluster, ema }) => !!cluster && ema !== undefined, 'left out, with a cluster: rounds average the weights'],
  ['cacheFeatures', ({ cluster, cacheFeatures }) => !!cluster && !!cacheFeatures, 'left out or false, with a cluster'],
  [
    'train',
    ({ cluster, train }) => !!cluster && !!(train.read || train.image),
    'a dataset without read() and image(), with a cluster: its workers read the sources',
  ],
  [
    'trainTransform',
    ({ cluster, trainTransform }) =>
      !!cluster && !!trainTransform && !stepsOf(trainTransform).map(toSpec).every(isSendable),
    'made of built-in transforms, with a cluster: its workers take no code',
  ],
]

/** Adds the first reason why a run cannot be with, or without, a cluster. */
export function refuseShardOptions(run: ShardedRun, context: z.core.$RefinementCtx): void {
  refuseFirst(refusals, run, context)
}

/** The options of a run on a cluster, with their defaults. */
export interface CheckedShardOptions {
  readonly cluster: ClusterOption
  readonly shards: number
  readonly localSteps: number
  readonly sharedDirectory: string | undefined
  readonly transport: 'float32' | 'float16'
}

/** Returns the shards of a run, if it has any. */
export function shardsOf(
  options: {
    readonly [K in keyof CheckedShardOptions]?: CheckedShardOptions[K] | undefined
  },
): CheckedShardOptions | undefined {
  const { cluster, shards = 1, localSteps = 16, sharedDirectory, transport = 'float32' } = options
  return cluster && { cluster, shards, localSteps, sharedDirectory, transport }
}
