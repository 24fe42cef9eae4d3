import * as z from 'zod'
import { digest, openStore } from '#platform'
import { headTensors } from '../backbones/headLayers.js'
import { CheckpointFiles, keepFile } from '../finetune/checkpoint/CheckpointFiles.js'
import { demandSameRun, identityOf } from '../finetune/checkpoint/identityOf.js'
import { finetuneError } from '../finetune/errors.js'
import { digestOfJson } from '../io/download/digest.js'
import type { Model } from '../model/Model.js'
import { constantSchedule } from '../optim/schedules.js'
import type { FileStore } from '../platform/contract.js'
import { rawBytes } from '../weights/writeSafetensors.js'
import type { CheckedAutomatic } from './options.js'
import type { RecipePlan } from './RecipeReport.js'
import { checkedTuning } from './tuning.js'

/** The logits of the images that a trial left out, [images, classes], for each share of its weights. */
export interface TrialOutcome {
  readonly labels: readonly number[]
  readonly logits: readonly (readonly number[])[]
}

const numbers = z.array(z.number()).readonly()
const schema = z.object({
  identity: z.unknown(),
  seconds: z.number(),
  plan: z.looseObject({ epochs: z.number(), trials: z.number(), refit: z.boolean(), imageSize: z.number() }),
  trials: z.array(z.object({ labels: numbers, logits: z.array(numbers).readonly() })).readonly(),
})

type State = z.output<typeof schema>
type Checkpoint = NonNullable<CheckedAutomatic['checkpoint']>

const STATE = 'recipe.json'

/**
 * The state of a run with the recipe, in the directory of its checkpoints: the plan, which depends on the speed of the
 * machine, and the outcome of the trials that are finished. Each training has its checkpoints in a directory of its own
 * below. Features and heads are computed again, which takes seconds.
 */
export class KeptRecipe {
  private constructor(
    private readonly checkpoint: Checkpoint,
    private readonly store: FileStore,
    private readonly identity: unknown,
    private readonly release: () => Promise<void>,
    private state: State | undefined,
  ) {}

  /**
   * Claims the directory, and reads the state of the run to resume.
   *
   * @returns undefined if the run has no checkpoints
   * @throws FineTuneError 'train/checkpoints-in-use', 'train/checkpoints-there', 'train/checkpoint-differs',
   *   'train/no-checkpoint', 'train/checkpoint-not-kept'
   */
  static async open(model: Model, options: CheckedAutomatic): Promise<KeptRecipe | undefined> {
    const { checkpoint } = options
    if (!checkpoint) return undefined
    const files = new CheckpointFiles(checkpoint.directory)
    const release = await files.claim()
    try {
      const store = openStore(checkpoint.directory)
      const identity = await identityOfRecipe(model, options)
      const state = await readState(store)
      if (state ? options.resume === undefined : await files.hasAny())
        throw finetuneError('train/checkpoints-there', checkpoint)
      if (state) demandSameRun(store.locate(STATE), state.identity, identity)
      return new KeptRecipe(checkpoint, store, identity, release, state)
    } catch (error) {
      await release()
      throw error
    }
  }

  /** The plan of the run that is resumed; undefined in a new one. */
  get plan(): RecipePlan | undefined {
    return this.state?.plan as RecipePlan | undefined
  }

  /** The time that the run has taken before it was resumed. */
  get seconds(): number {
    return this.state?.seconds ?? 0
  }

  /** The outcome of the trials that are finished. */
  get trials(): readonly TrialOutcome[] {
    return this.state?.trials ?? []
  }

  /** Returns the options of a training with the checkpoints of this run. */
  optionsOf(training: string) {
    const checkpoint = { ...this.checkpoint, directory: directoryOf(this.checkpoint, training) }
    return { checkpoint, resume: 'auto' } as const
  }

  /** Keeps the plan of a new run. @throws FineTuneError 'train/checkpoint-not-kept' */
  async begin(plan: RecipePlan, seconds: number): Promise<void> {
    await this.#write({ identity: this.identity, seconds, plan: { ...plan }, trials: [] })
  }

  /**
   * Keeps the outcome of the next trial, whose checkpoints are needed no longer.
   *
   * @throws FineTuneError 'train/checkpoint-not-kept': a later call writes it as well
   */
  async finishTrial(training: string, { labels, logits }: TrialOutcome, seconds: number): Promise<void> {
    await this.#write({ ...this.state!, seconds, trials: [...this.trials, { labels, logits }] })
    await this.#remove(training)
  }

  async #write(state: State): Promise<void> {
    this.state = state
    await keepFile(this.store, STATE, () => [new TextEncoder().encode(JSON.stringify(state))])
  }

  /** Removes the checkpoints of a training. A disk that refuses to costs space alone. */
  async #remove(training: string): Promise<void> {
    const store = openStore(directoryOf(this.checkpoint, training))
    for (const name of await store.list().catch(() => [])) await store.remove(name).catch(() => {})
  }

  async close(): Promise<void> {
    await this.release()
  }
}

const directoryOf = ({ directory }: Checkpoint, training: string): string => `${directory}/${training}`

/** @throws FineTuneError 'train/no-checkpoint' for a file that cannot be read */
async function readState(store: FileStore): Promise<State | undefined> {
  try {
    const bytes = await store.read(STATE)
    return bytes && schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? 'it is not the state of a run' : (cause as Error).message
    throw finetuneError('train/no-checkpoint', { file: store.locate(STATE), problem }, { cause })
  }
}

/** Returns what determines the result of a run with the recipe apart from the weights, in the form of JSON. */
async function identityOfRecipe(model: Model, options: CheckedAutomatic): Promise<unknown> {
  const facts = await identityOf(model, checkedTuning(model, options), constantSchedule())
  const kept = [...model.parameters, ...model.buffers].filter((name) => !headTensors(model.head).includes(name))
  const digests = await Promise.all(kept.map((name) => digest('SHA-256', rawBytes(model.get(name)))))
  return JSON.parse(JSON.stringify({ ...facts, epochs: options.epochs ?? null, weights: await digestOfJson(digests) }))
}
