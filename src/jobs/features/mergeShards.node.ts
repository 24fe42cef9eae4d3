import { readFile, rm } from 'node:fs/promises'
import { openFile } from '#platform'
import { FeatureFiles } from '../../finetune/features/FeatureFiles.js'
import { FeatureTable } from '../../finetune/features/FeatureTable.js'
import { readFeatures } from '../../finetune/features/featureFile.js'
import { digestOfJson } from '../../io/download/digest.js'
import { jobError } from '../errors.js'
import type { ShardFiles } from '../shards/ShardFiles.node.js'
import type { FeatureView } from './FeatureView.js'
import { digestsOf } from './featuresJob.node.js'

/**
 * Joins the features of all shards to the file that `fineTune` reads, and removes the shards.
 *
 * @throws FineTuneError 'jobs/bad-shard', 'train/features-not-kept'
 */
export async function mergeShards(view: FeatureView, files: ShardFiles, directory: string): Promise<void> {
  const { dataset, split } = view
  const table = new FeatureTable(dataset.samples.length)
  const digests: string[] = []
  const expected = new Map(split.features.map(({ name, shape }) => [name, (shape ?? []).slice(1) as number[]]))
  for (let shard = 0; shard < files.shards; shard++) {
    const part = await readShard(files.pathOf(shard), expected)
    const indices = Uint32Array.from(part.digests, (_, i) => digests.length + i)
    table.put(indices, part.table.gather(Uint32Array.from(part.digests.keys())))
    digests.push(...part.digests)
  }
  // As a run names them, which reads every image for it.
  const origin = { ...view, front: split.front }
  await new FeatureFiles(directory, origin, await digestOfJson(digests)).write(view.view, table)
  await rm(files.directory, { recursive: true, force: true })
}

async function readShard(path: string, expected: ReadonlyMap<string, readonly number[]>) {
  const digests: string[] = JSON.parse(await readFile(digestsOf(path), 'utf8'))
  const file = await openFile(path)
  const columns = await readFeatures(file, expected, digests.length).finally(() => file.close())
  if (!columns) throw jobError('jobs/bad-shard', { path })
  return { digests, table: FeatureTable.of(digests.length, columns) }
}
