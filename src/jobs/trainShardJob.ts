import { jobKind } from '../cluster/JobKind.js'
import { shardJobSchema } from '../finetune/shards/shardJob.js'
import { trainShard } from '../finetune/shards/trainShard.js'

/** A round of one shard of a run on many workers. Its threads are those of the run: its bytes may depend on them. */
export const trainShardJob = jobKind({
  input: shardJobSchema,
  run: (job, { signal }) => trainShard(job, signal),
})
