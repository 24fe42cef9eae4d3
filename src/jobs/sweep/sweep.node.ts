import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Cluster } from '../../cluster/Cluster.js'
import { withCluster } from '../../cluster/withCluster.js'
import { baseError } from '../../errors.js'
import { digestOfJson } from '../../io/download/digest.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { writeFileWhole } from '../../platform/node/writeFileWhole.js'
import { jobError } from '../errors.js'
import { Halving, type Trial } from './Halving.js'
import { plainRun, ranked, type SweepRun, scoreOf } from './SweepRun.js'
import { drawn, grid, type Settings } from './searchSpace.js'
import { checkSweepOptions, rungsOf, type SweepOptions, type SweepSettings } from './sweepOptions.js'
import { sweepPage } from './sweepPage.js'
import { readTrainOutput, type TrainInput, type TrainOutput, trainOutput } from './trainJob.node.js'

/**
 * Trains a network with one choice of options after another, each a job, and compares the results. Every run has a
 * directory that is named after its options: a sweep that was ended does what is missing when it is called again, a run
 * that was ended resumes from its checkpoint. In `out`, `results.json` lists the runs, the best first, and
 * `report.html` compares them.
 *
 *     const [best] = await sweep({ images: 'photos', out: 'sweep', search: { lr: [0.001, 0.01] }, method: 'grid' })
 *
 * @returns the runs, the best first; with `'asha'` longer ones before others. Those that failed are last, with `error`
 * @throws FineTuneError 'options/invalid', 'jobs/no-images', 'file/cannot-write', those of the cluster,
 *   the signal's reason
 */
export async function sweep(options: SweepOptions): Promise<readonly SweepRun[]> {
  const settings = checkSweepOptions(options)
  settings.signal?.throwIfAborted()
  const [images, out] = [resolve(settings.images), resolve(settings.out)]
  await access(images).catch((cause) => {
    throw jobError('jobs/no-images', { images, problem: diskProblem(cause) }, { cause })
  })
  await mkdir(out, { recursive: true }).catch((cause) => {
    throw baseError('file/cannot-write', { path: out, problem: diskProblem(cause) }, { cause })
  })
  const runs = new Sweep({ ...settings, images, out })
  await runs.findEarlier()
  return withCluster(settings.cluster, (cluster) => runs.carryOut(cluster))
}

class Sweep {
  readonly #all: readonly Settings[]
  /** The epochs of each rung. */
  readonly #rungs: ReturnType<typeof rungsOf>
  readonly #halving: Halving
  /** The trials that an earlier call has begun and not done. */
  readonly #unfinished: Trial[] = []
  /** The trials that are on their way, by their directories. */
  readonly #trials = new Map<string, Trial>()
  #runs: readonly SweepRun[] = []
  #wake = (): void => {}

  constructor(readonly settings: SweepSettings) {
    const { search, method, runs, seed, factor } = settings
    this.#all = withoutRepeats(method === 'grid' ? grid(search) : drawn(search, runs, seed))
    this.#rungs = rungsOf(settings)
    this.#halving = new Halving(this.#all.length, this.#rungs.length, factor)
  }

  /** Looks for the runs of earlier calls in the directory. */
  async findEarlier(): Promise<void> {
    for (const rung of this.#rungs.keys())
      for (const settings of this.#all.keys()) {
        const trial = { settings, rung }
        const { directory } = await this.#inputOf(trial)
        const isBegun = await access(directory).then(
          () => true,
          () => false,
        )
        if (!isBegun) continue
        this.#halving.begin(trial)
        const result = await readTrainOutput(directory)
        if (result) this.#count(trial, { directory, result })
        else this.#unfinished.push(trial)
      }
  }

  async carryOut(cluster: Cluster): Promise<readonly SweepRun[]> {
    const { attempts, signal, onProgress } = this.settings
    await this.#keep()
    const ended = cluster.map<TrainInput, TrainOutput>('train', this.#inputs(), { attempts, signal })
    for await (const { input, output, error } of ended) {
      const { directory } = input
      const trial = this.#trials.get(directory)!
      this.#trials.delete(directory)
      this.#count(trial, { directory, ...(error ? { error } : { result: trainOutput.parse(output) }) })
      await this.#keep()
      onProgress?.(this.#runs)
      this.#wake()
    }
    return this.#runs
  }

  /** Gives out trials until none is left; while the next depends on results, it waits for one. */
  async *#inputs(): AsyncGenerator<TrainInput, void> {
    for (;;) {
      const trial = this.#unfinished.shift() ?? this.#halving.next()
      if (trial) {
        const input = await this.#inputOf(trial)
        this.#trials.set(input.directory, trial)
        yield input
      } else if (this.#trials.size > 0) await new Promise<void>((resolve) => (this.#wake = resolve))
      else return
    }
  }

  async #inputOf({ settings, rung }: Trial): Promise<TrainInput> {
    const { images, out, options: common } = this.settings
    const epochs = this.#rungs[rung]
    const all = { ...common, ...this.#all[settings], ...(epochs !== undefined && { epochs }) }
    // The order in which they are written makes no other run of them.
    const options = Object.fromEntries(
      Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)),
    ) as TrainInput['options']
    const name = `run-${(await digestOfJson([images, options])).slice(0, 12)}`
    return { images, options, directory: join(out, name) }
  }

  #count(trial: Trial, run: Omit<SweepRun, 'settings' | 'rung'>): void {
    const { metric } = this.settings
    this.#halving.tell(trial, scoreOf(run.result, metric))
    this.#runs = ranked([...this.#runs, { settings: this.#all[trial.settings]!, rung: trial.rung, ...run }], metric)
  }

  async #keep(): Promise<void> {
    const { out } = this.settings
    const files = {
      'results.json': `${JSON.stringify(this.#runs.map(plainRun), null, 2)}\n`,
      'report.html': sweepPage(this.#runs, this.settings),
    }
    for (const [name, text] of Object.entries(files)) await writeFileWhole(join(out, name), text)
  }
}

/** Draws from few values may be equal. */
const withoutRepeats = (all: readonly Settings[]): Settings[] => [
  ...new Map(all.map((settings) => [JSON.stringify(settings), settings])).values(),
]
