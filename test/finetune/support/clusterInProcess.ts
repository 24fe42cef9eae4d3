import type { Cluster, JobData, JobResult } from '../../../src/cluster/Cluster.js'
import { shardJobSchema } from '../../../src/finetune/shards/shardJob.js'
import { trainShard } from '../../../src/finetune/shards/trainShard.js'

/** What happens to a job: it is done, done twice, or lost once, as when its worker dies, after it wrote its file. */
export type Fate = 'done' | 'twice' | 'lost'

/** A cluster of this process, which computes shards as many at a time as it is told, the last first. */
export function clusterInProcess(width: number, fateOf: (job: number) => Fate = () => 'done'): Cluster {
  let jobs = 0
  const carryOut = async (input: JobData) => {
    const job = shardJobSchema.parse(JSON.parse(JSON.stringify(input)))
    const fate = fateOf(jobs++)
    if (fate !== 'done') await trainShard(job)
    return JSON.parse(JSON.stringify(await trainShard(job)))
  }
  return {
    async *map<I extends JobData, O extends JobData>(_: string, inputs: Iterable<I> | AsyncIterable<I>) {
      const waiting = [...(inputs as Iterable<I>)].reverse()
      while (waiting.length > 0) {
        const some = waiting.splice(0, width)
        const outputs = await Promise.all(some.map(carryOut))
        yield* outputs.map((output, i) => ({ input: some[i]!, output }) as JobResult<I, O>)
      }
    },
    close: async () => {},
  }
}
