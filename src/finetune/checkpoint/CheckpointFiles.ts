import { openStore } from '#platform'
import type { FileStore, Pieces } from '../../platform/contract.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { finetuneError } from '../errors.js'
import type { RunState } from './RunState.js'
import { readState, statePieces } from './stateFile.js'

/** A file that should contain a checkpoint but cannot be read. */
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

/** The checkpoints of a run: one file each, named after the number of optimizer steps done. */
export class CheckpointFiles {
  readonly #store: FileStore

  constructor(private readonly directory: string) {
    this.#store = openStore(directory)
  }

  /**
   * Finds the newest checkpoint that is intact, or the one of a name.
   *
   * @throws FineTuneError 'train/no-checkpoint' for a name that does not exist or is not intact, and where all files
   *   are broken
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
    if (first) throw finetuneError('train/no-checkpoint', first)
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

  /**
   * Tells whether there is any checkpoint.
   * @throws FineTuneError 'train/no-checkpoint' where the directory cannot be read
   */
  async hasAny(): Promise<boolean> {
    return (await this.#names()).length > 0
  }

  /**
   * Claims the directory, which is created if necessary, for one run alone.
   *
   * @throws FineTuneError 'train/checkpoints-in-use'; 'train/checkpoint-not-kept' where it cannot be written to
   */
  async claim(): Promise<() => Promise<void>> {
    const { directory } = this
    const claim = await this.#store.claim().catch((cause: unknown) => {
      throw finetuneError('train/checkpoint-not-kept', { file: directory, problem: diskProblem(cause) }, { cause })
    })
    if ('heldBy' in claim) throw finetuneError('train/checkpoints-in-use', { directory, ...claim })
    return () => claim.release()
  }

  /**
   * Writes a checkpoint, and then removes all but the newest `keep`.
   *
   * @throws FineTuneError 'train/checkpoint-not-kept'; the checkpoints that were there before are intact
   */
  async write(state: RunState, keep: number): Promise<void> {
    const name = `step-${String(state.position.updates).padStart(8, '0')}.safetensors`
    await keepFile(this.#store, name, () => statePieces(state))
    // A file that the disk refuses to delete now is deleted after the next checkpoint.
    await this.#removeOld(state.position.updates, keep).catch(() => {})
  }

  /**
   * Removes old files. Ones newer than the last step's do not count: they could not be read, and must not displace it.
   */
  async #removeOld(updates: number, keep: number): Promise<void> {
    const reached = (await this.#names()).filter((name) => numberOf(name) <= updates)
    for (const old of reached.slice(0, -keep)) await this.#store.remove(old)
    for (const part of await this.#parts()) await this.#store.remove(part)
  }

  /** Removes the partial files of a killed process: the directory belongs to this run alone. */
  async #parts(): Promise<string[]> {
    return (await this.#store.list()).filter((name) => name.startsWith('step-') && name.endsWith('.part'))
  }

  /** Lists the names, the oldest first. */
  async #names(): Promise<string[]> {
    const files = await this.#store.list().catch((cause: Error) => {
      throw finetuneError('train/no-checkpoint', { file: this.#store.locate('.'), problem: cause.message }, { cause })
    })
    return files.filter((name) => NAME.test(name)).sort((a, b) => numberOf(a) - numberOf(b))
  }
}

/**
 * Writes a file beside checkpoints.
 *
 * @throws FineTuneError 'train/checkpoint-not-kept'; the files that were there before are intact
 */
export async function keepFile(
  store: FileStore,
  name: string,
  piecesOf: () => Pieces | Promise<Pieces>,
): Promise<void> {
  try {
    await store.write(name, await piecesOf())
  } catch (cause) {
    const facts = { file: store.locate(name), problem: diskProblem(cause) }
    throw finetuneError('train/checkpoint-not-kept', facts, { cause })
  }
}
