import * as z from 'zod'
import { type Cluster, isCluster } from './Cluster.js'
import { localCluster } from './localCluster.js'

/** The values of an option `cluster`: `'local'`, processes of this machine that are ended after the call; or a cluster. */
export type ClusterOption = 'local' | Cluster

export const clusterSchema = z.union([z.literal('local'), z.custom<Cluster>(isCluster)], {
  error: "'local', localCluster() or redisCluster()",
})

/** Lends a cluster to an action; one that is made for it is closed afterwards. */
export async function withCluster<T>(cluster: ClusterOption, action: (cluster: Cluster) => Promise<T>): Promise<T> {
  if (cluster !== 'local') return action(cluster)
  const own = localCluster()
  try {
    return await action(own)
  } finally {
    await own.close()
  }
}
