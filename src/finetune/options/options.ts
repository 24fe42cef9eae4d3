import { z } from 'zod'
import type { Preprocessing } from '../../backbones/Backbone.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { loaderSchema } from '../../data/loader/loaderOptions.js'
import type { GradientLimits } from '../../optim/clipGradients.js'
import type { Optimizer } from '../../optim/Optimizer.js'
import type { Schedule } from '../../optim/schedules.js'
import { checkOptions } from '../../options.js'
import { type ExecutionProvider, isExecutionProvider, RUNTIMES, type RuntimeName } from '../../platform/runtimes.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { budgetSchema } from './Budget.js'
import { type CheckpointOptions, checkpointSchema } from './checkpointOptions.js'

/** How long a run is, for a learning-rate schedule. */
export interface RunLength {
  /** Optimizer steps of the whole run. */
  readonly steps: number
  readonly stepsPerEpoch: number
}

export interface FineTuneOptions {
  /** Training pictures; its classes must be the model's. */
  readonly train: ImageDataset
  /** Pictures to measure accuracy on after every epoch. Default: none. */
  readonly validation?: ImageDataset | undefined
  /** Passes over the training pictures. Default 5. */
  readonly epochs?: number | undefined
  /**
   * The time that the run may take, validation at the end included: seconds, or `'90s'`, `'10m'`, `'1h30m'`. Where it is not
   * enough for all epochs, the last one is cut short, and the schedule reaches its end all the same: it follows the time in
   * place of the steps. Such a run depends on the machine's speed. Default: as long as it takes.
   */
  readonly budget?: number | string | undefined
  /** Pictures in a batch; the last one of an epoch may be smaller. A full step needs memory for as many. Default 32. */
  readonly batchSize?: number | undefined
  /** Who updates which parameters: `sgd(paramGroups(model, { lr: 1e-3 }))`. */
  readonly optimizer: Optimizer
  /** Moves every group's learning rate: `({ steps }) => oneCycle({ steps })`. Default: it stays. */
  readonly schedule?: ((run: RunLength) => Schedule) | undefined
  /**
   * Cross-entropy averaged or summed over the batch. A learning rate for `'sum'` is one for `'mean'` divided by the
   * batch size. Default `'mean'`.
   */
  readonly lossReduction?: 'mean' | 'sum' | undefined
  /**
   * Batches that make up one optimizer step: its gradient is that of all their examples together, whatever the size of the
   * last batch (batch norm still sees each batch by itself). Default 1.
   */
  readonly accumulate?: number | undefined
  /** How large the gradients of an optimizer step may be: `{ norm: 1 }`, `{ value: 0.5 }`. Default: as large as they are. */
  readonly clipGradients?: GradientLimits | undefined
  /**
   * A step whose loss, gradients or statistics are not all finite numbers is undone. Then the run ends with 'train/diverged',
   * which names the first tensor that went bad, or it goes on with the next batch and learning rates multiplied by `factor`
   * (0.5 if left out), at most so many `times` (3 if left out). Default `'throw'`.
   */
  readonly onDiverged?:
    | 'throw'
    | { readonly factor?: number | undefined; readonly times?: number | undefined }
    | undefined
  /**
   * The weights that the model has at the end: those of the last epoch, or of the one that validation says is best. After an
   * abort or an error it has those of the last step all the same. Default `'last'`.
   */
  readonly keep?: 'last' | 'best' | undefined
  /** What makes an epoch better. Of two with one accuracy that with the lower loss is. Default `'accuracy'`. */
  readonly metric?: 'accuracy' | 'loss' | undefined
  /** Ends the run after so many epochs in a row that were no better than the best. Default: it goes on. */
  readonly patience?: number | undefined
  /** Decides shuffling and augmentation. Default 0. */
  readonly seed?: number | undefined
  /**
   * From a picture to the network's input, for training. Default: random crop and flip, as for ImageNet, normalised (and
   * grey) as `validationTransform` does it.
   */
  readonly trainTransform?: AnyTransform | undefined
  /**
   * The same for validation. Default: resize and centre crop, as the model's preprocessing says, normalised (and grey) as
   * `trainTransform` does it. The model's preprocessing becomes this, so that what is exported agrees with the run.
   */
  readonly validationTransform?: AnyTransform | undefined
  /** Threads that decode and augment pictures. Default: one less than the processors, 1 to 4. */
  readonly workers?: number | undefined
  /** Batches prepared ahead. Default 2. */
  readonly prefetch?: number | undefined
  /**
   * Memory for decoded pictures, in bytes over all workers, so that later epochs need not decode.
   * Default 256 MiB.
   */
  readonly cacheBytes?: number | undefined
  /**
   * Runs what is frozen in front of the trainable layers once per picture instead of once per epoch, and keeps what it
   * gives (its features) in memory: training a head alone then costs almost nothing from the second epoch on. Each
   * picture has `views` training views, which take turns from epoch to epoch. `true`: one view. Default: one, where
   * `trainTransform` leaves nothing to chance and the features fit into `cacheBytes`; else off.
   *
   * With a `directory` they are kept there for other runs, under names that depend on weights, transforms, seed and
   * the contents of the pictures: when one of these changes, features are computed anew. Where they cannot be kept (a full
   * disk), the run warns and goes on.
   */
  readonly cacheFeatures?:
    | boolean
    | { readonly views?: number | undefined; readonly directory?: string | undefined }
    | undefined
  /** Who decodes pictures. Default `'auto'`: sharp where it is installed, else jimp. */
  readonly decoder?: 'auto' | 'sharp' | 'jimp' | undefined
  /**
   * Whether pictures are turned as their EXIF orientation asks, in training and validation; the exported classifier then
   * does the same. Default: as the model's preprocessing says, which is true where it says nothing.
   */
  readonly autoOrient?: boolean | undefined
  /** What an unreadable picture does: stop the run, or be left out and listed in the epoch's events. Default `'throw'`. */
  readonly onError?: 'throw' | 'skip' | undefined
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /** Handed to ONNX Runtime as they are, in order of preference. Default: the CPU. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  /**
   * Writes down where the run stands, so that it can go on after whatever ends it: weights, optimizer, place in the data,
   * metrics (docs/checkpoints.md). A run that its signal ends, or whose loop is left, writes a last one.
   */
  readonly checkpoint?: CheckpointOptions | undefined
  /**
   * Goes on from a checkpoint: `'auto'` from the newest in `checkpoint.directory`, or from the start where there is none yet;
   * or from a file or the newest in a directory. Data, network and options must be what they were. Default: from the start.
   */
  readonly resume?: 'auto' | (string & {}) | undefined
  /** Ends the run with the signal's reason when the step that it is in is done; the model has the weights of that step. */
  readonly signal?: AbortSignal | undefined
}

const isDataset = (value: unknown): value is ImageDataset =>
  typeof value === 'object' &&
  value !== null &&
  Array.isArray((value as ImageDataset).classes) &&
  Array.isArray((value as ImageDataset).samples)
const isOptimizer = (value: unknown): value is Optimizer =>
  typeof value === 'object' && value !== null && 'groups' in value && 'buildGraph' in value
export const optimizerSchema = z.custom<Optimizer>(isOptimizer, 'an optimizer, such as sgd(groups)')
const dataset = z.custom<ImageDataset>(isDataset, 'a dataset: an object with classes and samples')
const positive = z.int().min(1)
const { transform, workers, prefetch, cacheBytes, decoder, onError, signal } = loaderSchema.shape

const schema = z
  .strictObject({
    train: dataset,
    validation: dataset.optional(),
    epochs: positive.default(5),
    budget: budgetSchema.optional(),
    batchSize: positive.default(32),
    optimizer: optimizerSchema,
    schedule: z
      .custom<(run: RunLength) => Schedule>(
        (value) => typeof value === 'function',
        'a function that makes a schedule of { steps, stepsPerEpoch }',
      )
      .optional(),
    lossReduction: z.enum(['mean', 'sum']).default('mean'),
    accumulate: positive.default(1),
    clipGradients: z
      .strictObject({ norm: z.number().positive().optional(), value: z.number().positive().optional() })
      .optional(),
    onDiverged: z
      .union([
        z.literal('throw'),
        z.strictObject({ factor: z.number().gt(0).lt(1).default(0.5), times: positive.default(3) }),
      ])
      .default('throw'),
    keep: z.enum(['last', 'best']).default('last'),
    metric: z.enum(['accuracy', 'loss']).default('accuracy'),
    patience: positive.optional(),
    seed: z.int().default(0),
    trainTransform: transform.optional(),
    validationTransform: transform.optional(),
    workers,
    prefetch,
    cacheBytes,
    cacheFeatures: z
      .union([z.boolean(), z.strictObject({ views: positive.default(1), directory: z.string().min(1).optional() })])
      .optional(),
    decoder,
    autoOrient: z.boolean().optional(),
    onError,
    runtime: z.enum(RUNTIMES).optional(),
    executionProviders: z
      .array(z.custom<ExecutionProvider>(isExecutionProvider, 'names of execution providers, or objects with a name'))
      .optional(),
    threads: positive.optional(),
    checkpoint: checkpointSchema.optional(),
    resume: z.string().min(1).optional(),
    signal,
  })
  .refine(({ keep, validation }) => keep === 'last' || validation, {
    path: ['keep'],
    error: "'last', where there is no validation to tell the best",
  })
  .refine(({ patience, validation }) => patience === undefined || validation, {
    path: ['patience'],
    error: 'left out, where there is no validation to tell a better epoch',
  })
  .refine(({ resume, checkpoint }) => resume !== 'auto' || checkpoint, {
    path: ['resume'],
    error: "a path, where there is no checkpoint.directory for 'auto'",
  })

export type CheckedOptions = z.output<typeof schema> & { readonly autoOrient: boolean }

export function checkFineTuneOptions(
  options: FineTuneOptions,
  { preprocessing }: { readonly preprocessing: Pick<Preprocessing, 'autoOrient'> } = { preprocessing: {} },
): CheckedOptions {
  const checked = checkOptions(schema, options, 'fineTune')
  return { ...checked, autoOrient: checked.autoOrient ?? preprocessing.autoOrient ?? true }
}
