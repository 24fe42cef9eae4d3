import { type FailedShard, predictShards, type ShardedPredictions, type ShardProgress } from '../../cluster.node.js'
import { clusterOf, clusterOptions } from '../cluster/options.js'
import { statusOf } from '../cluster/progress.js'
import { cliError } from '../errors.js'
import type { Invocation } from '../options/Command.js'
import { directory, file, flag, type Options, section, whole } from '../options/options.js'
import { count, plural } from '../terminal/format.js'

/** The options of predictions for a list of images, by shards. */
export const listOptions = {
  ...section('A list of images, by shards', {
    list: file('a path or a URL in each line, or JSON Lines with source', { otherwise: 'the given images' }),
    out: directory('where a file for each shard is written, in JSON Lines', {}),
    shards: whole('jobs that the list is divided into', { min: 1, otherwise: 'one for 1000 images' }),
    resume: flag('do only the shards that are missing', {}),
  } satisfies Options),
  ...clusterOptions,
}

type ListInvocation = Invocation<
  typeof listOptions & { readonly top: Options[string]; readonly threads: Options[string] }
>

/** Predicts a list of images. @returns the exit code */
export async function predictList(classifier: string, { options, out, signal }: ListInvocation): Promise<number> {
  const { list, out: place, shards, resume } = options
  const [top, threads] = [options.top as number, options.threads as number | undefined]
  if (place === undefined)
    throw cliError('cli/arguments', { command: 'predict', problem: '--out is missing: the directory for the shards' })
  const cluster = clusterOf(options, threads)
  try {
    const onProgress = (progress: ShardProgress) =>
      out.json ? out.record({ type: 'progress', ...progress }) : out.status(statusOf(progress))
    const settings = { classifier, list: list!, out: place, shards, top, resume }
    const result = await predictShards({ ...settings, cluster, onProgress, signal })
    if (out.json) out.record({ type: 'done', ...result, failures: result.failures.map(plainFailure) })
    else out.result(result, () => linesOf(result, place))
    return result.failed > 0 ? 1 : 0
  } finally {
    await cluster.close()
  }
}

const plainFailure = ({ error, ...failure }: FailedShard): object => ({ ...failure, error: error.message })

function linesOf({ done, shards, doneImages, unreadable, failures }: ShardedPredictions, place: string): string[] {
  return [
    `${count(done)} of ${plural(shards, 'shard')}, ${plural(doneImages, 'image')}, in ${place}`,
    ...(unreadable > 0 ? [`${plural(unreadable, 'image')} could not be read: error says why, in their lines`] : []),
    ...failures.slice(0, 10).map(({ file: path, error }) => `failed: ${path}: ${error.message}`),
    ...(failures.length > 0 ? ['--resume tries what is missing again'] : []),
  ]
}
