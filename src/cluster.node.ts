/**
 * Jobs on many processes and machines. Node only.
 *
 * @module onnx-finetune/cluster
 */

export type { Cluster, JobData, JobResult, MapOptions } from './cluster/Cluster.js'
export type {} from './cluster/errors.js'
export { type LocalClusterOptions, localCluster } from './cluster/localCluster.js'
export {
  type ClusterWorker,
  type ClusterWorkerOptions,
  clusterWorker,
  type WorkerEvent,
} from './cluster/redis/clusterWorker.node.js'
export type { RedisOptions } from './cluster/redis/options.node.js'
export { type RedisClusterOptions, redisCluster } from './cluster/redis/redisCluster.node.js'
export type { ClusterOption } from './cluster/withCluster.js'
export type {} from './jobs/errors.js'
export {
  type ComputedFeatures,
  type ComputeFeaturesOptions,
  computeFeatures,
} from './jobs/features/computeFeatures.node.js'
export { type PredictShardsOptions, predictShards, type ShardedPredictions } from './jobs/predict/predictShards.node.js'
export { type JobProgress, readShardProgress } from './jobs/shards/readShardProgress.node.js'
export type { ShardProgress } from './jobs/shards/ShardCounter.js'
export type { FailedShard } from './jobs/shards/ShardFiles.node.js'
export type { RunResult, SweepRun } from './jobs/sweep/SweepRun.js'
export type { Settings } from './jobs/sweep/searchSpace.js'
export { sweep } from './jobs/sweep/sweep.node.js'
export type { SearchRange, SweepOptions } from './jobs/sweep/sweepOptions.js'
