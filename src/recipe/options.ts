import * as z from 'zod'
import { budgetSchema } from '../finetune/options/Budget.js'
import { type CheckpointOptions, checkpointSchema } from '../finetune/options/checkpointOptions.js'
import { type FineTuneOptions, fineTuneShape } from '../finetune/options/options.js'
import { checkOptions } from '../options.js'

/** The options of `fineTune` that the automatic recipe leaves to the user. */
type Given = Pick<
  FineTuneOptions,
  | 'train'
  | 'validation'
  | 'batchSize'
  | 'seed'
  | 'trainTransform'
  | 'workers'
  | 'prefetch'
  | 'cacheBytes'
  | 'decoder'
  | 'autoOrient'
  | 'onError'
  | 'runtime'
  | 'executionProviders'
  | 'threads'
  | 'signal'
>

/** The options of `fineTune` with the automatic recipe, which chooses all others. */
export interface AutomaticOptions extends Given {
  readonly recipe: 'auto'
  /**
   * The time that the run may take, which decides how much is tried: seconds, or `'90s'`, `'10m'`, `'1h30m'`. The plan
   * follows the measured speed of the machine.
   * @default 12 * 60
   */
  readonly budget?: number | string | undefined
  /**
   * The number of passes over the training images when all layers train; 0 trains the head alone. Default: by the number
   * of images and the budget.
   */
  readonly epochs?: number | undefined
  /**
   * The checkpoints of its trainings, with which the run can be resumed after any interruption: the plan and what is
   * finished are kept beside them, features and heads are computed again.
   */
  readonly checkpoint?: CheckpointOptions | undefined
  /** `'auto'` resumes the run in `checkpoint.directory`, or starts it if there is none yet. Default: a new run. */
  readonly resume?: 'auto' | undefined
}

const shape = fineTuneShape
const schema = z
  .strictObject({
    recipe: z.literal('auto'),
    train: shape.train,
    validation: shape.validation,
    batchSize: shape.batchSize,
    seed: shape.seed,
    trainTransform: shape.trainTransform,
    workers: shape.workers,
    prefetch: shape.prefetch,
    cacheBytes: shape.cacheBytes,
    decoder: shape.decoder,
    autoOrient: shape.autoOrient,
    onError: shape.onError,
    runtime: shape.runtime,
    executionProviders: shape.executionProviders,
    threads: shape.threads,
    signal: shape.signal,
    epochs: z.int().min(0).optional(),
    budget: budgetSchema.default(12 * 60),
    checkpoint: checkpointSchema.optional(),
    resume: z.literal('auto').optional(),
  })
  .refine(({ resume, checkpoint }) => resume === undefined || checkpoint, {
    path: ['resume'],
    error: 'left out where there is no checkpoint.directory',
  })

export type CheckedAutomatic = z.output<typeof schema>

/** @throws FineTuneError 'options/invalid' */
export function checkAutomatic(options: AutomaticOptions): CheckedAutomatic {
  return checkOptions(schema, options, 'fineTune')
}

/** Returns the options that a run of `fineTune` takes over, but for its data sets, its length and its checkpoints. */
export const runOptions = ({
  recipe,
  train,
  validation,
  budget,
  epochs,
  checkpoint,
  resume,
  ...rest
}: CheckedAutomatic) => rest

/** Returns the options of a function that runs a network once on every image. */
export const outputOptions = ({
  batchSize,
  workers,
  decoder,
  onError,
  runtime,
  executionProviders,
  threads,
  signal,
}: CheckedAutomatic) => ({ batchSize, workers, decoder, onError, runtime, executionProviders, threads, signal })
