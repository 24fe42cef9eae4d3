import { importSharp, openStore, removeDirectory, temporaryDirectory } from '#platform'
import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import type { Cluster } from '../../cluster/Cluster.js'
import { baseError, errorFromPlain } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import type { FileStore } from '../../platform/contract.js'
import { stepsOf } from '../../transforms/compose.js'
import { type TransformSpec, toSpec } from '../../transforms/specs.js'
import { withMasks } from '../batches/dropout.js'
import { logitsOf } from '../batches/evaluateBatches.js'
import { skippedFromPlain } from '../checkpoint/RunState.js'
import { type CheckedShardOptions, shardsOf } from '../options/shardOptions.js'
import { averageStates, type ReachedState } from '../shards/averageStates.js'
import { type RoundPlan, type ShardPlan, stepOf } from '../shards/planRound.js'
import { readState, stateOf, statePieces } from '../shards/roundState.js'
import { type ShardRun, writeRunFiles } from '../shards/runFiles.js'
import { type ShardJob, type ShardResult, shardResultSchema } from '../shards/shardJob.js'
import type { OpenRun } from './openRun.js'
import { artifactsOf, networkOf, objectiveOf } from './openSession.js'
import { mergeSkipped } from './RunProgress.js'

/** The sums over the examples of a step of all shards together. */
export interface RoundStep {
  /** The index of the step in its round. */
  readonly step: number
  readonly loss: number
  readonly hits: number
  readonly examples: number
}

/**
 * The rounds of a run on many workers: the files in which the run's session and the shards exchange their states. The
 * session has the common state after each round.
 */
export class Rounds {
  private constructor(
    readonly run: OpenRun,
    readonly options: CheckedShardOptions,
    readonly cluster: Cluster,
    readonly store: FileStore,
    readonly directory: string,
    /** The name of the file of the common state. */
    private common: string,
  ) {}

  /** Opens the cluster, and writes what its workers need to know. */
  static async open(run: OpenRun): Promise<Rounds> {
    const options = shardsOf(run.options)!
    demandClasses(run.model)
    const directory = await directoryFor(options)
    const store = openStore(directory)
    try {
      await writeRunFiles(directory, await shardRunOf(run), await artifactsOfRun(run))
      await store.write(START, statePieces(await stateOf(run.session)))
      const cluster = options.cluster === 'local' ? await openLocalCluster() : options.cluster
      return new Rounds(run, options, cluster, store, directory, START)
    } catch (error) {
      await removeDirectory(directory)
      throw error
    }
  }

  /**
   * Carries out a round: the session takes the average of the states that the shards reach.
   *
   * @param learningRates those of each local step, by group
   * @returns the sums of each step whose images could be read
   * @throws FineTuneError 'session/not-finite', and then nothing is changed; those of the cluster and of its jobs; the
   *   signal's reason
   */
  async train(plan: RoundPlan, learningRates: readonly Rates[]): Promise<readonly RoundStep[]> {
    const name = nameOf(this.run.progress.epoch, plan)
    const jobs = plan.shards.map((shard) => this.#jobOf(name, shard, learningRates))
    const results = await this.#carryOut(jobs)
    this.#noteSkipped(results)
    const problem = results.find(({ notFinite }) => notFinite)?.notFinite
    if (problem) throw errorFromPlain(problem)
    const reached = results.map(({ steps }, i) => ({ file: jobs[i]!.output, images: examplesOf(steps) }))
    await this.#average(
      `${name}.safetensors`,
      reached.filter(({ images }) => images > 0),
    )
    return sumsOf(plan, results)
  }

  async close(): Promise<void> {
    if (this.options.cluster === 'local') await this.cluster.close()
    await removeDirectory(this.directory)
  }

  #jobOf(name: string, { shard, positions }: ShardPlan, learningRates: readonly Rates[]): ShardJob {
    return {
      directory: this.directory,
      state: this.common,
      output: `${name}-shard-${shard}.safetensors`,
      epoch: this.run.progress.epoch - 1,
      positions: [...positions],
      learningRates: learningRates.slice(0, positions.length),
      transport: this.options.transport,
    }
  }

  /** Carries out jobs, and returns their results in the order of the jobs. */
  async #carryOut(jobs: readonly ShardJob[]): Promise<readonly ShardResult[]> {
    const { signal } = this.run.stop
    const results = new Map<string, ShardResult>()
    const done = this.cluster.map<ShardJob, ShardResult>('trainShard', jobs, { signal })
    for await (const { input, output, error } of done) {
      if (error) throw error
      results.set(input.output, shardResultSchema.parse(output))
    }
    return jobs.map(({ output }) => results.get(output)!)
  }

  async #average(name: string, reached: readonly ReachedState[]): Promise<void> {
    if (reached.length === 0) return
    await averageStates(this.store, this.common, reached, name)
    const file = await this.store.open(name)
    const { weights, optimizer } = await readState(file!).finally(() => file!.close())
    await this.run.session.host.call('setState', [weights, optimizer])
    const done = [this.common, ...reached.map(({ file: reachedBy }) => reachedBy)]
    this.common = name
    for (const old of done) await this.store.remove(old)
  }

  #noteSkipped(results: readonly ShardResult[]): void {
    const { skipped } = this.run.progress
    for (const result of results) skipped.train = mergeSkipped(skipped.train, result.skipped.map(skippedFromPlain))
  }
}

/** Results of shards are sums of hits: other tasks have none. */
function demandClasses({ task }: Model): void {
  if (task === 'classification') return
  throw baseError('options/invalid', {
    option: 'fineTune: cluster',
    received: task,
    expected: 'a model of one class an image',
  })
}

type Rates = Readonly<Record<string, number>>

const START = 'start.safetensors'

/** Returns the name of a round, which its files begin with: a job that is repeated writes the same file. */
const nameOf = (epoch: number, { begin }: RoundPlan): string => `epoch-${epoch}-batch-${begin}`

/** Returns a new directory for the files of a run. */
const directoryFor = async ({ sharedDirectory }: CheckedShardOptions): Promise<string> =>
  sharedDirectory === undefined
    ? temporaryDirectory()
    : `${sharedDirectory.replace(/[/\\]$/, '')}/run-${crypto.randomUUID()}`

async function openLocalCluster(): Promise<Cluster> {
  const { localCluster } = await import('../../cluster/localCluster.js')
  return localCluster()
}

function artifactsOfRun({ model, options }: OpenRun): Promise<TrainingArtifacts> {
  const { graph } = networkOf(model, options)
  return artifactsOf(graph, model, options, objectiveOf(model, options))
}

/** Returns what the workers must know of a run; what they could choose is chosen here, so that all compute the same. */
async function shardRunOf({ model, options, session, lossReduction }: OpenRun): Promise<ShardRun> {
  const { batchSize, seed, sampling, workers, prefetch, cacheBytes, autoOrient, onError, mixup, cutmix } = options
  const { graph, name, views } = networkOf(model, options)
  const { executionProviders, threads = 1 } = options
  const decoder = options.decoder === 'auto' ? ((await importSharp()) ? 'sharp' : 'jimp') : options.decoder
  return {
    classes: [...model.classes],
    samples: options.train.samples.map(({ source, label }) => ({ source, label })),
    transform: stepsOf(views[0]!).map((step) => toSpec(step) as TransformSpec),
    input: name,
    logits: logitsOf(model),
    lossReduction,
    loading: { batchSize, seed, sampling, workers, prefetch, cacheBytes, decoder, autoOrient, onError },
    masks: withMasks(graph).masks,
    mixing: { mixup, cutmix },
    engine: { runtime: session.runtime, executionProviders, threads },
  } as ShardRun
}

const examplesOf = (steps: ShardResult['steps']): number => steps.reduce((sum, { examples }) => sum + examples, 0)

/** Returns the sums of each step over the shards, in their order. */
function sumsOf(plan: RoundPlan, results: readonly ShardResult[]): readonly RoundStep[] {
  const all = results.flatMap((result) => result.steps)
  return Array.from({ length: plan.steps }, (_, step) => {
    const ofStep = all.filter(({ position }) => stepOf(plan, position) === step)
    const sum = (of: 'loss' | 'hits' | 'examples') => ofStep.reduce((total, sums) => total + sums[of], 0)
    return { step, loss: sum('loss'), hits: sum('hits'), examples: sum('examples') }
  }).filter(({ examples }) => examples > 0)
}
