import { resolve } from 'node:path'
import * as z from 'zod'
import { readBytes } from '#platform'
import { type ClusterOption, clusterSchema, withCluster } from '../../cluster/withCluster.js'
import { isRemote } from '../../data/dataset/dataset.js'
import { deployError } from '../../deploy/errors.js'
import { digest } from '../../io/download/digest.js'
import { checkOptions, functionSchema } from '../../options.js'
import { readListFacts } from '../shards/imageList.node.js'
import { missingShards, shardCount } from '../shards/missingShards.node.js'
import { ShardCounter, type ShardProgress } from '../shards/ShardCounter.js'
import { type FailedShard, ShardFiles } from '../shards/ShardFiles.node.js'
import type { PredictInput, PredictOutput } from './predictJob.node.js'

export interface PredictShardsOptions {
  /** The classifier that `exportClassifier` or `train` made: a path, or a URL. All workers read it. */
  readonly classifier: string
  /**
   * The list of the images: a file with a path or a URL in each line, or an object with `source`. Paths are relative to
   * the list. All workers read it.
   */
  readonly list: string
  /** The directory for the predictions. All workers write into it. */
  readonly out: string
  /** The number of shards, each a job and a file. Default: one for 1000 images. */
  readonly shards?: number | undefined
  /** The number of classes to list for each image, the most probable first. @default 1 */
  readonly top?: number | undefined
  /** True if shards that are in the directory already are kept; false if there must be none. @default false */
  readonly resume?: boolean | undefined
  /** The processes that carry out the jobs. @default 'local' */
  readonly cluster?: ClusterOption | undefined
  /** The attempts at a shard before it counts as failed. @default 5 */
  readonly attempts?: number | undefined
  /** Called at the beginning, and whenever a shard has ended. */
  readonly onProgress?: ((progress: ShardProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The result of predictions by shards. */
export interface ShardedPredictions extends ShardProgress {
  /** The images, among those of this call, that could not be read: their lines have `error`. */
  readonly unreadable: number
  readonly failures: readonly FailedShard[]
}

const schema = z.strictObject({
  classifier: z.string().min(1),
  list: z.string().min(1),
  out: z.string().min(1),
  shards: z.int().min(1).optional(),
  top: z.int().min(1).default(1),
  resume: z.boolean().default(false),
  cluster: clusterSchema.default('local'),
  attempts: z.int().min(1).optional(),
  onProgress: functionSchema<(progress: ShardProgress) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})
type Checked = z.output<typeof schema>

/**
 * Classifies the images of a list by a cluster. Each shard becomes a file in JSON Lines, `shard-00000-of-00100.jsonl`, with
 * a line for each image in the order of the list: `source`, `label`, `score`, `scores`, and `isUnknown` if the classifier
 * is calibrated; or `source` and `error` for an image that cannot be read. A shard is written aside and renamed: a file
 * is whole. Shards that failed are in `failures` and in `failed.json`; a call with `resume` tries them again.
 *
 *     await predictShards({ classifier: 'classifier.onnx', list: 'images.jsonl', out: 'predictions', cluster })
 *
 * @throws FineTuneError 'jobs/bad-list', 'jobs/not-empty', 'jobs/other-job', 'deploy/unreadable', 'file/cannot-write',
 *   'options/invalid', those of the cluster, the signal's reason
 */
export async function predictShards(options: PredictShardsOptions): Promise<ShardedPredictions> {
  const checked = absolute(checkOptions(schema, options, 'predictShards'))
  const { lines, sha256 } = await readListFacts(checked.list)
  const shards = shardCount(lines, checked.shards)
  const description = { job: 'predict', shards, list: sha256, classifier: await digestOf(checked), top: checked.top }
  const files = await ShardFiles.open(checked.out, description, {
    resume: checked.resume,
    ending: 'jsonl',
    images: lines,
  })
  return new Prediction(checked, files, lines).run()
}

/** Returns the options with paths that mean the same in every process. */
const absolute = (options: Checked): Checked => ({
  ...options,
  classifier: isRemote(options.classifier) ? options.classifier : resolve(options.classifier),
  list: resolve(options.list),
  out: resolve(options.out),
})

async function digestOf({ classifier, signal }: Checked): Promise<string> {
  const bytes = await readBytes(classifier, signal).catch((cause) => {
    signal?.throwIfAborted()
    throw deployError('deploy/unreadable', { source: classifier, problem: (cause as Error).message }, { cause })
  })
  return digest('SHA-256', bytes)
}

class Prediction {
  readonly #counter: ShardCounter
  readonly #failures: FailedShard[] = []
  /** The number of each shard that is on its way, by its file. */
  readonly #numbers = new Map<string, number>()
  #unreadable = 0

  constructor(
    readonly options: Checked,
    readonly files: ShardFiles,
    lines: number,
  ) {
    this.#counter = new ShardCounter(files.shards, lines)
  }

  async run(): Promise<ShardedPredictions> {
    const { attempts, signal, cluster } = this.options
    this.#report()
    await withCluster(cluster, async (workers) => {
      const results = workers.map<PredictInput, PredictOutput>('predict', this.#inputs(), { attempts, signal })
      for await (const { input, output, error } of results) {
        await this.#count(input, output ?? (error as Error))
        this.#report()
      }
    })
    await this.files.keepFailed(this.#failures)
    return { ...this.#counter.progress, unreadable: this.#unreadable, failures: this.#failures }
  }

  async *#inputs(): AsyncGenerator<PredictInput, void> {
    const { classifier, list, top } = this.options
    for await (const { shard, range, file } of missingShards(list, this.files, this.#counter)) {
      this.#numbers.set(file, shard)
      yield { classifier, list, range, file, top }
    }
  }

  async #count({ file, range }: PredictInput, ended: PredictOutput | Error): Promise<void> {
    const shard = this.#numbers.get(file)!
    this.#numbers.delete(file)
    if (ended instanceof Error) {
      this.#failures.push({ shard, file, error: ended })
      this.#counter.countFailed()
      // For those who look at the progress; the end of the call demands it.
      await this.files.keepFailed(this.#failures).catch(() => {})
    } else {
      // As the list has them, so that the sum is that of the list.
      this.#counter.count(range.lines)
      this.#unreadable += ended.unreadable
    }
  }

  #report(): void {
    this.options.onProgress?.(this.#counter.progress)
  }
}
