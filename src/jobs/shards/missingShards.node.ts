import { type ListRange, shardsOf } from './imageList.node.js'
import type { ShardCounter } from './ShardCounter.js'
import type { ShardFiles } from './ShardFiles.node.js'

/** The images of a shard by default: minutes of work, at a cost of the queue of well below a hundredth. */
const SHARD_IMAGES = 1000

/** Returns the number of shards of a list: no more than it has images. */
export const shardCount = (images: number, wanted: number | undefined): number =>
  Math.min(images, wanted ?? Math.ceil(images / SHARD_IMAGES))

/** A shard that is to be made. */
export interface MissingShard {
  readonly shard: number
  readonly range: ListRange
  readonly file: string
}

/** Yields the shards of a list that have no file. The others are counted as those of an earlier call. */
export async function* missingShards(
  list: string,
  files: ShardFiles,
  counter: ShardCounter,
): AsyncGenerator<MissingShard, void> {
  const done = await files.done()
  let shard = 0
  for await (const range of shardsOf(list, counter.images, files.shards)) {
    if (done.has(files.nameOf(shard))) counter.countEarlier(range.lines)
    else yield { shard, range, file: files.pathOf(shard) }
    shard++
  }
}
