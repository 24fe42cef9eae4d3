import { openStore } from '#platform'
import { FineTuneError } from '../../errors.js'
import type { FileStore } from '../../platform/contract.js'
import { decodeState, encodeState } from './encodeState.js'
import type { RunState } from './RunState.js'

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

/** The checkpoints of a run: a file for each, named after the optimizer steps that are behind it. */
export class CheckpointFiles {
  readonly #store: FileStore

  constructor(directory: string) {
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
    const bytes = await this.#store.read(name)
    if (!bytes) throw new Error('there is no such file')
    return decodeState(bytes)
  }

  /** @throws 'train/no-checkpoint' where the directory cannot be looked into */
  async hasAny(): Promise<boolean> {
    return (await this.#names()).length > 0
  }

  /**
   * Writes a checkpoint, and then removes all but the newest `keep`.
   *
   * @throws 'train/checkpoint-not-kept'; those that were there before are whole
   */
  async write(state: RunState, keep: number): Promise<void> {
    const name = `step-${String(state.position.updates).padStart(8, '0')}.safetensors`
    try {
      const file = await this.#store.begin(name)
      try {
        await file.clear()
        await file.append(await encodeState(state))
        await file.keep()
      } catch (error) {
        await file.clear().catch(() => {})
        await file.leave().catch(() => {})
        throw error
      }
      for (const old of (await this.#names()).slice(0, -keep)) await this.#store.remove(old)
      for (const part of await this.#parts()) await this.#store.remove(part)
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause)
      throw new FineTuneError('train/checkpoint-not-kept', { file: this.#store.locate(name), problem }, { cause })
    }
  }

  /** What a killed process had begun to write: the directory is of this run alone. */
  async #parts(): Promise<string[]> {
    return (await this.#store.list()).filter((name) => name.startsWith('step-') && name.endsWith('.part'))
  }

  /** The oldest first. */
  async #names(): Promise<string[]> {
    const number = (name: string) => Number(NAME.exec(name)![1])
    const files = await this.#store.list().catch((cause: Error) => {
      throw new FineTuneError(
        'train/no-checkpoint',
        { file: this.#store.locate('.'), problem: cause.message },
        { cause },
      )
    })
    return files.filter((name) => NAME.test(name)).sort((a, b) => number(a) - number(b))
  }
}
