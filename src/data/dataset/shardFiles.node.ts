import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isFineTuneError } from '../../errors.js'
import { fetchPatientlyInto } from '../../io/download/fetchPatiently.js'
import { ioError } from '../../io/errors.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { cacheDirectory } from '../../platform/node/cacheDirectory.js'
import { openStore } from '../../platform/node/fileStore.js'
import { dataError } from '../errors.js'
import { isRemote } from './dataset.js'

/** The place of shards that come from the web. */
export interface ShardCache {
  readonly directory?: string | undefined
  /** The most bytes of the shards of a data set. */
  readonly bytes: number
}

/**
 * Returns the paths of shards. Those of the web are fetched to the disk, one after another, where they are not there yet;
 * an interrupted one is continued.
 *
 * @throws FineTuneError 'dataset/bad-shard' if they need more bytes; 'download/gone', 'download/unreachable',
 *   'download/cache'
 */
export async function shardFiles(shards: readonly string[], cache: ShardCache): Promise<string[]> {
  const directory = cache.directory ?? join(cacheDirectory(), 'shards')
  const paths: string[] = []
  let left = cache.bytes
  for (const shard of shards) {
    const path = isRemote(shard)
      ? await fetched(shard, directory, left).catch((cause) => explain(cause, shard, cache))
      : shard
    if (isRemote(shard)) left -= (await stat(path)).size
    paths.push(path)
  }
  return paths
}

async function fetched(url: string, directory: string, most: number): Promise<string> {
  const store = openStore(directory)
  const name = `${createHash('sha256').update(url).digest('hex').slice(0, 40)}.tar`
  const path = store.locate(name)
  const { size } = await stat(path).catch(() => ({ size: undefined }))
  if (size !== undefined && size <= most) return path
  if (size !== undefined) throw ioError('download/too-large', { url, bytes: most })
  try {
    const part = await store.begin(name)
    try {
      await fetchPatientlyInto(() => part, url, { most })
      await part.keep()
    } catch (error) {
      await part.leave().catch(() => {})
      throw error
    }
  } catch (cause) {
    if (isFineTuneError(cause)) throw cause
    throw ioError('download/cache', { path, problem: diskProblem(cause) }, { cause })
  }
  return path
}

function explain(cause: unknown, shard: string, { bytes }: ShardCache): never {
  if (!isFineTuneError(cause, 'download/too-large')) throw cause
  const problem = `with it, the shards need more than the ${bytes} bytes of the option shardBytes`
  throw dataError('dataset/bad-shard', { shard, problem }, { cause })
}
