import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { openFile } from '#platform'
import { checkArgument, isListOf, kinds } from '../../arguments.js'
import { isFineTuneError } from '../../errors.js'
import { TarError } from '../../io/tar/TarError.js'
import { checkOptions } from '../../options.js'
import { dataError } from '../errors.js'
import { lazySamples } from '../samples/lazySamples.js'
import { ShardColumns } from '../shards/ShardColumns.js'
import { type ArchivedSample, samplesIn } from '../shards/samplesIn.js'
import type { ImageDataset } from './dataset.js'
import { byCodePoint, extensionsSchema } from './folderRules.js'
import { patiently } from './patiently.js'
import { shardFiles } from './shardFiles.node.js'

export interface TarDatasetOptions {
  /**
   * The names of the classes, in the order of the labels; a class that is written as a number is the index of one.
   * Default: those in the shards, sorted, numbers by their value.
   */
  readonly classes?: readonly string[] | undefined
  /** The extensions of image files, in any case. Default: .jpg .jpeg .png .gif .bmp .tif .tiff .webp */
  readonly extensions?: readonly string[] | undefined
  /**
   * The number of samples among which the next of an epoch is drawn, if it is shuffled. A disk that is slow in finding
   * its place, or in a network, wants some thousands: shards are then read nearly in sequence, one after another in a
   * random order. Default: all.
   */
  readonly window?: number | undefined
  /**
   * The directory of shards that are fetched from the web. Default: `shards` in $ONNX_FINETUNE_CACHE, or in the platform's
   * cache directory.
   */
  readonly cacheDirectory?: string | undefined
  /** The most bytes that these shards may take. @default 100 * 2 ** 30 */
  readonly shardBytes?: number | undefined
}

const schema = z.strictObject({
  classes: z.array(z.string()).min(1).optional(),
  extensions: extensionsSchema,
  window: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
  cacheDirectory: z.string().min(1).optional(),
  shardBytes: z
    .int()
    .min(1)
    .default(100 * 2 ** 30),
})

/** The number of shards whose headers are read at a time. */
const AT_ONCE = 4

/**
 * Makes a data set of the images in tar archives, in the layout of WebDataset: files of the same name up to its first dot
 * lie one after another, an image and what is known about it: `.cls` or `.txt` with the number or the name of its class,
 * or `.json` with `label`, `labels`, `weight` and `group` as in a manifest. The headers of all files are read once;
 * images are read when they are needed, in any order.
 *
 * Shards of the web are fetched to the disk first, once; their content is taken as never changing.
 *
 * @param shards paths, `file:` URLs or HTTP(S) URLs; `photos-{000..127}.tar` stands for as many
 * @throws FineTuneError 'dataset/bad-shard', 'download/gone', 'download/unreachable', 'download/cache',
 *   'data/too-many-files', 'options/invalid'
 */
export async function tarDataset(
  shards: string | URL | readonly (string | URL)[],
  options: TarDatasetOptions = {},
): Promise<ImageDataset> {
  checkArgument('tarDataset: shards', shards, {
    expected: 'a path or a URL, or a list of them that is not empty',
    is: (value) => kinds.place.is(value) || (isListOf(value, kinds.place.is) && (value as unknown[]).length > 0),
  })
  const { classes: given, extensions, window, ...cache } = checkOptions(schema, options, 'tarDataset')
  const names = [shards].flat().flatMap((shard) => expand(nameOf(shard)))
  const paths = await shardFiles(names, { directory: cache.cacheDirectory, bytes: cache.shardBytes })
  let current = 0
  const columns = new ShardColumns(given, (_, problem) => {
    throw dataError('dataset/bad-shard', { shard: names[current]!, problem })
  })
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    const some = paths.slice(from, from + AT_ONCE)
    const found = await Promise.all(some.map((path, i) => indexOf(path, names[from + i]!, extensions)))
    for (const [i, samples] of found.entries()) {
      current = from + i
      for (const sample of samples) columns.add(sample, current)
    }
  }
  if (columns.length === 0) throw dataError('dataset/bad-shard', { shard: names[0]!, problem: 'it has no image' })
  const { classes, table } = columns.finish(names, window, byCodePoint)
  const read = (index: number) => {
    const { shard, begin, end } = columns.placeOf(index)
    return readRange(paths[shard]!, begin, end)
  }
  return { classes, samples: lazySamples(table), read }
}

const nameOf = (shard: string | URL): string => {
  if (typeof shard === 'string') return shard
  return shard.protocol === 'file:' ? fileURLToPath(shard) : shard.href
}

async function indexOf(path: string, shard: string, extensions: readonly string[]): Promise<ArchivedSample[]> {
  const samples: ArchivedSample[] = []
  try {
    const file = await patiently(() => openFile(path), shard)
    try {
      for await (const sample of samplesIn(file, extensions)) samples.push(sample)
    } finally {
      await file.close()
    }
    return samples
  } catch (cause) {
    if (isFineTuneError(cause)) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw dataError('dataset/bad-shard', { shard, problem }, cause instanceof TarError ? {} : { cause })
  }
}

async function readRange(path: string, begin: number, end: number): Promise<Uint8Array> {
  const file = await openFile(path)
  try {
    const bytes = await file.read(begin, end)
    if (bytes.length < end - begin) throw new Error('the shard has become shorter')
    return bytes
  } finally {
    await file.close()
  }
}

/** The most shards that a pattern stands for. */
const MOST = 1_000_000

/** Returns the paths that a pattern with a range of numbers stands for, as wide as the first of them. */
function expand(pattern: string): string[] {
  const range = /\{(\d{1,9})\.\.(\d{1,9})\}/.exec(pattern)
  if (!range) return [pattern]
  const [whole, first, last] = range as unknown as [string, string, string]
  const count = Number(last) - Number(first) + 1
  if (count < 1 || count > MOST) return [pattern]
  return Array.from({ length: count }, (_, i) => {
    const number = String(Number(first) + i).padStart(first.length, '0')
    return pattern.replace(whole, () => number)
  })
}
