// A program that uses a cluster, closes it and has nothing else to do.
import { clusterOfProcesses } from '../../../dist/cluster/localCluster.js'

const cluster = clusterOfProcesses({ concurrency: 2, jobThreads: 1, script: new URL('job.js', import.meta.url) })
for await (const { error } of cluster.map('echo', [{ value: 1 }, { value: 2 }, { value: 3 }])) if (error) throw error
await cluster.close()
process.stdout.write('done')
