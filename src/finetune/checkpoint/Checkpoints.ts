import { machine, parallelism } from '#platform'
import type { Model } from '../../model/Model.js'
import { isProcessor } from '../../platform/runtimes.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { finetuneError } from '../errors.js'
import type { CheckedOptions } from '../options/options.js'
import { CheckpointFiles, type FoundCheckpoint } from './CheckpointFiles.js'
import { demandSameRun } from './identityOf.js'
import type { Machine, RunState } from './RunState.js'

/** The checkpoints of a run: the one that it resumes from, and those that it writes. */
export class Checkpoints {
  readonly #files: CheckpointFiles | undefined
  #release: (() => Promise<void>) | undefined
  /** True if there is a checkpoint of this run. */
  #isKept = false

  /** @param identityOfRun returns the identity of the run, `identityOf` */
  constructor(
    private readonly model: Model,
    private readonly options: CheckedOptions,
    private readonly identityOfRun: () => Promise<unknown>,
  ) {
    this.#files = options.checkpoint && new CheckpointFiles(options.checkpoint.directory)
  }

  /**
   * Claims the directory, and finds the checkpoint that the run resumes from, if any; the model takes its weights.
   *
   * @throws FineTuneError 'train/checkpoints-in-use'; 'train/checkpoint-not-kept' where the directory cannot be written
   *   to; 'train/no-checkpoint'; 'train/checkpoint-differs' where it is of another run; 'train/checkpoints-there' where
   *   the run starts anew, and its directory has checkpoints of another
   */
  async open(): Promise<FoundCheckpoint | undefined> {
    try {
      this.#release = await this.#files?.claim()
      const found = await this.#restore()
      this.#isKept = found !== undefined
      return found
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#release?.()
  }

  async #restore(): Promise<FoundCheckpoint | undefined> {
    if (!this.areKept && this.options.resume === undefined) return undefined
    // Taken now, since the run notes its preprocessing in the model.
    const identity = await this.#identity()
    const found = await this.#find()
    if (!found) return undefined
    const { file, state } = found
    demandSameRun(file, state.identity, identity)
    for (const [name, tensor] of Object.entries(state.weights)) this.model.set(name, tensor)
    return found
  }

  async #find(): Promise<FoundCheckpoint | undefined> {
    const { resume, checkpoint } = this.options
    if (resume === undefined) {
      if (await this.#files?.hasAny()) throw finetuneError('train/checkpoints-there', checkpoint!)
      return undefined
    }
    if (resume === 'auto') return this.#files!.find()
    const [, directory = '.', name] = /^(?:(.*)[/\\])?([^/\\]+\.safetensors)$/.exec(resume) ?? [undefined, resume]
    const found = await new CheckpointFiles(directory).find(name)
    if (found) return found
    throw finetuneError('train/no-checkpoint', { file: resume, problem: 'it holds none' })
  }

  /** @param before the number of updates when it was asked last */
  isDueAfterStep(updates: number, before = updates - 1): boolean {
    const { everySteps } = this.options.checkpoint ?? {}
    return everySteps !== undefined && Math.floor(updates / everySteps) > Math.floor(before / everySteps)
  }

  isDueAfterEpoch(epoch: number): boolean {
    const { checkpoint } = this.options
    if (!checkpoint) return false
    const { everySteps, everyEpochs = everySteps === undefined ? 1 : undefined } = checkpoint
    return everyEpochs !== undefined && epoch % everyEpochs === 0
  }

  get areKept(): boolean {
    return this.#files !== undefined
  }

  /** True if the run resumes from a checkpoint. */
  get isKept(): boolean {
    return this.#isKept
  }

  /** Writes a checkpoint. @throws FineTuneError 'train/checkpoint-not-kept' */
  async write(state: Omit<RunState, 'identity' | 'machine'>, session: TrainingEngine): Promise<void> {
    const whole = { ...state, identity: await this.#identity(), machine: this.machineOf(session) }
    await this.#files?.write(whole, this.options.checkpoint!.keep)
    this.#isKept = true
  }

  /** Returns the properties of the machine that the resulting bytes may depend on. */
  machineOf({ runtime, runtimeReport: { provider, adapter } }: TrainingEngine): Machine {
    const { threads = parallelism(), executionProviders } = this.options
    const isDefault = executionProviders === undefined && isProcessor(provider)
    const providers = isDefault ? 'default' : provider
    return { machine: machine(), runtime, threads, providers, ...(adapter && { adapter }) }
  }

  #known: Promise<unknown> | undefined

  #identity(): Promise<unknown> {
    // In the form of JSON, to be compared with the contents of a file.
    this.#known ??= this.identityOfRun().then((facts) => JSON.parse(JSON.stringify(facts)))
    return this.#known
  }
}
