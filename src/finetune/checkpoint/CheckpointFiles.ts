import { openStore } from '#platform'
import { FineTuneError } from '../../errors.js'
import type { FileStore } from '../../platform/contract.js'
import { diskProblem } from '../../platform/diskProblem.js'
import type { RunState } from './RunState.js'
import { readState, statePieces } from './stateFile.js'

/** A file that should hold a checkpoint and cannot be read. */
export interface BrokenCheckpoint {
  readonly file: string
  readonly problem: string
}

/** A checkpoint that was found. */
export interface FoundCheckpoint {
  readonly file: string
  readonly state: RunState
  /** Newer files that are broken. */
  readonly broken: readonly BrokenCheckpoint[]
}

const NAME = /^step-(\d+)\.safetensors$/
const numberOf = (name: string): number => Number(NAME.exec(name)![1])

/** The checkpoints of a run: a file for each, named after the optimizer steps that are behind it. */
export class CheckpointFiles {
  readonly #store: FileStore

  constructor(private readonly directory: string) {
    this.#store = openStore(directory)
  }

  /**
   * The newest one that is whole, or that of a name.
   *
   * @throws 'train/no-checkpoint' for a name that is not there or not whole, and where all there are are broken
   */
  async find(name?: string): Promise<FoundCheckpoint | undefined> {
    const names = name === undefined ? (await this.#names()).reverse() : [name]
    const broken: BrokenCheckpoint[] = []
    for (const candidate of names) {
      const file = this.#store.locate(candidate)
      const state = await this.#read(candidate).catch(
        (error: Error) => void broken.push({ file, problem: error.message }),
      )
      if (state) return { file, state, broken }
    }
    const [first] = broken
    if (first) throw new FineTuneError('train/no-checkpoint', first)
    return undefined
  }

  async #read(name: string): Promise<RunState> {
    const file = await this.#store.open(name)
    if (!file) throw new Error('there is no such file')
    try {
      return await readState(file)
    } finally {
      await file.close()
    }
  }

  /** @throws 'train/no-checkpoint' where the directory cannot be looked into */
  async hasAny(): Promise<boolean> {
    return (await this.#names()).length > 0
  }

  /**
   * Takes the directory, which is made if need be, for one run alone.
   *
   * @throws 'train/checkpoints-in-use'; 'train/checkpoint-not-kept' where it cannot be written into
   */
  async claim(): Promise<() => Promise<void>> {
    const { directory } = this
    const claim = await this.#store.claim().catch((cause: unknown) => {
      throw new FineTuneError('train/checkpoint-not-kept', { file: directory, problem: diskProblem(cause) }, { cause })
    })
    if ('heldBy' in claim) throw new FineTuneError('train/checkpoints-in-use', { directory, ...claim })
    return () => claim.release()
  }

  /**
   * Writes a checkpoint, and then removes all but the newest `keep`.
   *
   * @throws 'train/checkpoint-not-kept'; those that were there before are whole
   */
  async write(state: RunState, keep: number): Promise<void> {
    const name = `step-${String(state.position.updates).padStart(8, '0')}.safetensors`
    try {
      await this.#store.write(name, await statePieces(state))
    } catch (cause) {
      const facts = { file: this.#store.locate(name), problem: diskProblem(cause) }
      throw new FineTuneError('train/checkpoint-not-kept', facts, { cause })
    }
    // What the disk does not let go of now, it does after the next one.
    await this.#tidy(state.position.updates, keep).catch(() => {})
  }

  /** Newer ones than that of the last step could not be read; they must not push it out. */
  async #tidy(updates: number, keep: number): Promise<void> {
    const reached = (await this.#names()).filter((name) => numberOf(name) <= updates)
    for (const old of reached.slice(0, -keep)) await this.#store.remove(old)
    for (const part of await this.#parts()) await this.#store.remove(part)
  }

  /** What a killed process had begun to write: the directory is of this run alone. */
  async #parts(): Promise<string[]> {
    return (await this.#store.list()).filter((name) => name.startsWith('step-') && name.endsWith('.part'))
  }

  /** The oldest first. */
  async #names(): Promise<string[]> {
    const files = await this.#store.list().catch((cause: Error) => {
      throw new FineTuneError(
        'train/no-checkpoint',
        { file: this.#store.locate('.'), problem: cause.message },
        { cause },
      )
    })
    return files.filter((name) => NAME.test(name)).sort((a, b) => numberOf(a) - numberOf(b))
  }
}
