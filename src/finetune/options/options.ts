import * as z from 'zod'
import type { Preprocessing } from '../../backbones/Backbone.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { loaderSchema } from '../../data/loader/loaderOptions.js'
import { drawnOf } from '../../data/loader/perClass.js'
import type { Sampling } from '../../data/loader/sampling.js'
import type { GradientLimits } from '../../optim/clipGradients.js'
import type { Optimizer } from '../../optim/Optimizer.js'
import type { Schedule } from '../../optim/schedules.js'
import { checkOptions } from '../../options.js'
import { type ExecutionProviders, RUNTIMES, type RuntimeName } from '../../platform/runtimes.js'
import { providersSchema } from '../../runtime/providersSchema.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { budgetSchema } from './Budget.js'
import { type CheckpointOptions, checkpointSchema } from './checkpointOptions.js'
import { METRICS, type Metric, refuseContrastiveOptions, usualOf } from './contrastiveOptions.js'
import { refuseDistillOptions } from './distillOptions.js'
import { type EmaOptions, emaSchema } from './emaOptions.js'
import { type FeatureOptions, featureSchema, int8IsOnProcessor } from './featureOptions.js'
import { type LoadingOptions, loadingShape } from './loadingOptions.js'
import { takesShares } from './lossOptions.js'
import { imagesAreNew, sharesFit } from './mixOptions.js'
import { clipSchema, imagesSchema, onDivergedSchema, optimizerSchema } from './schemas.js'
import { type ReplicaOptions, refuseShardOptions, type ShardOptions, shardShape } from './shardOptions.js'
import { type EndOptions, endShape, refuseEndOptions } from './swaOptions.js'
import { type TargetOptions, targetShape } from './targetOptions.js'
import { batchesAreFixed, type TrialOptions, trialIsLocal, trialShape } from './trialOptions.js'

/** The length of a run, for a learning-rate schedule. */
export interface RunLength {
  /** The number of optimizer steps of the whole run. */
  readonly steps: number
  readonly stepsPerEpoch: number
}

export interface FineTuneOptions
  extends TargetOptions,
    LoadingOptions,
    ReplicaOptions,
    ShardOptions,
    TrialOptions,
    EndOptions {
  /** Training images; the classes must be the model's. */
  readonly train: ImageDataset
  /** Images on which accuracy is measured after every epoch. Default: none. */
  readonly validation?: ImageDataset | undefined
  /** The number of passes over the training images. @default 5 */
  readonly epochs?: number | undefined
  /**
   * The time limit of the run, including validation at the end: seconds, or `'90s'`, `'10m'`, `'1h30m'`. If it is not
   * enough for all epochs, the last one is cut short, and the schedule reaches its end nonetheless: it follows the time
   * instead of the steps. Such a run depends on the machine's speed. Default: unlimited.
   */
  readonly budget?: number | string | undefined
  /**
   * Images in a batch; the last one of an epoch may be smaller. The memory for a full step is proportional.
   * @default 32
   */
  readonly batchSize?: number | undefined
  /** The optimizer, with the parameters that it updates: `sgd(paramGroups(model, { lr: 1e-3 }))`. */
  readonly optimizer: Optimizer
  /**
   * The function that makes the schedule of every group's learning rate: `({ steps }) => oneCycle({ steps })`. Default:
   * constant.
   */
  readonly schedule?: ((run: RunLength) => Schedule) | undefined
  /**
   * The number of batches in one optimizer step: its gradient is that of all their examples together, whatever the size
   * of the last batch (batch norm still sees each batch by itself).
   * @default 1
   */
  readonly accumulate?: number | undefined
  /** The limits of the gradients of an optimizer step: `{ norm: 1 }`, `{ value: 0.5 }`. Default: unlimited. */
  readonly clipGradients?: GradientLimits | undefined
  /**
   * A step whose loss, gradients or statistics are not all finite is undone. Then the run ends with 'train/diverged',
   * which names the first such tensor, or it continues with the next batch and learning rates multiplied by `factor`
   * (0.5 if left out), at most the given number of `times` (3 if left out).
   * @default 'throw'
   */
  readonly onDiverged?:
    | 'throw'
    | { readonly factor?: number | undefined; readonly times?: number | undefined }
    | undefined
  /**
   * The exponential moving average of the weights and running statistics over the optimizer steps, from the weights
   * before the first one. Validation measures the average, and the model has it after each epoch and at the end;
   * training itself is not affected. Default: none.
   */
  readonly ema?: EmaOptions | undefined
  /**
   * The weights that the model has at the end: those of the last epoch, or of the best one by validation. After an
   * abort or an error it has those of the last step nonetheless.
   * @default 'last'
   */
  readonly keep?: 'last' | 'best' | undefined
  /**
   * The measure of the best epoch; of two that are equal in it the one with the lower loss is better. `'recall'`: recall@1.
   * Regression has the loss alone; of several labels an image, most of which are rare, it is the better choice. Default
   * with a loss that compares images, which alone has a recall: `'recall'`, else `'accuracy'`.
   */
  readonly metric?: Metric | undefined
  /** The number of epochs in a row without improvement after which the run ends. Default: unlimited. */
  readonly patience?: number | undefined
  /**
   * The way in which the training images of an epoch are drawn, with replacement, as many as there are: `'balanced'`,
   * each class equally often; by a weight for each; `'weights'`, by their own weights. Or `{ perClass }`: a batch has
   * that number of different images of each of its classes; 2 if there is a contrastive loss. Default: each image once.
   */
  readonly sampling?: Sampling | undefined
  /**
   * Stochastic depth (arXiv 1603.09382): a training step leaves out the last residual branch for this share of the
   * images, those before it for less, down to 0. Below 1; 0.1 to 0.2 is usual. A frozen front stays. @default 0
   */
  readonly stochasticDepth?: number | undefined
  /** The seed of shuffling, sampling and augmentation. @default 0 */
  readonly seed?: number | undefined
  /**
   * The transform from an image to the network's input, for training. Default: random crop and flip, as for ImageNet,
   * normalised (and grey) as in `validationTransform`.
   */
  readonly trainTransform?: AnyTransform | undefined
  /**
   * The same for validation. Default: resize and centre crop according to the model's preprocessing, normalised (and
   * grey) as in `trainTransform`. The model's preprocessing is set to this, so that an exported model agrees with the
   * run.
   */
  readonly validationTransform?: AnyTransform | undefined
  /**
   * The cache of features. It runs the frozen layers in front of the trainable ones once per image instead of once
   * per epoch, and keeps their results (features) in memory: training only a head then costs almost nothing from the
   * second epoch on. Each image has `views` training views, one per epoch in turn. `true`: one view. Default: one, if
   * `trainTransform` is deterministic and the features fit into `cacheBytes`; else off. `precision: 'int8'` computes them
   * faster, and less exactly.
   *
   * With a `directory` they are kept there for other runs, under names that depend on weights, transforms, seed and the
   * contents of the images: if one of these changes, features are computed anew. If they cannot be kept (a full
   * disk), the run warns and continues.
   */
  readonly cacheFeatures?: boolean | FeatureOptions | undefined
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /**
   * The execution providers to choose from, `['webgpu', 'cpu']`: the first that computes a training step of a tiny
   * network right, or an error if none does. `'auto'`: the most promising of those that are there, else the CPU.
   * Default: the CPU; in the browser `'auto'`.
   */
  readonly executionProviders?: ExecutionProviders | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  /**
   * The checkpoints, with which the run can be resumed after any interruption: weights, optimizer, position in the
   * data, metrics (docs/checkpoints.md). A run that its signal ends, or whose loop is left, writes a last checkpoint.
   */
  readonly checkpoint?: CheckpointOptions | undefined
  /**
   * The checkpoint to resume from: `'auto'` from the newest in `checkpoint.directory`, or from the start if there is
   * none yet; or from a file or the newest in a directory. Data, network and options must be the same as before.
   * Default: from the start.
   */
  readonly resume?: 'auto' | (string & {}) | undefined
  /**
   * Aborting it ends the run with the signal's reason after the current step; the model has the weights of that step.
   */
  readonly signal?: AbortSignal | undefined
}

const positive = z.int().min(1)
const { transform, sampling, signal } = loaderSchema.shape

/** The schema of each option, without the rules between them. */
export const fineTuneShape = {
  train: imagesSchema,
  validation: imagesSchema.optional(),
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
  ...targetShape,
  ...shardShape,
  ...trialShape,
  ...endShape,
  accumulate: positive.default(1),
  clipGradients: clipSchema.optional(),
  onDiverged: onDivergedSchema,
  ema: emaSchema.optional(),
  keep: z.enum(['last', 'best']).default('last'),
  metric: z.enum(METRICS).optional(),
  patience: positive.optional(),
  sampling,
  stochasticDepth: z.number().min(0).lt(1).default(0),
  seed: z.int().default(0),
  trainTransform: transform.optional(),
  validationTransform: transform.optional(),
  cacheFeatures: featureSchema.optional(),
  ...loadingShape,
  runtime: z.enum(RUNTIMES).optional(),
  executionProviders: providersSchema.optional(),
  threads: positive.optional(),
  checkpoint: checkpointSchema.optional(),
  resume: z.string().min(1).optional(),
  signal,
}

const schema = z
  .strictObject(fineTuneShape)
  .refine(...sharesFit)
  .refine(...imagesAreNew)
  .refine(...takesShares)
  .refine(...batchesAreFixed)
  .refine(...trialIsLocal)
  .refine(...int8IsOnProcessor)
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
  .superRefine(refuseShardOptions)
  .superRefine(refuseDistillOptions)
  .superRefine(refuseContrastiveOptions)
  .superRefine(refuseEndOptions)

export type CheckedOptions = z.output<typeof schema> & { readonly autoOrient: boolean; readonly metric: Metric }

export function checkFineTuneOptions(
  options: FineTuneOptions,
  { preprocessing }: { readonly preprocessing: Pick<Preprocessing, 'autoOrient'> } = { preprocessing: {} },
): CheckedOptions {
  const given = checkOptions(schema, options, 'fineTune')
  const checked = { ...given, ...usualOf(given) }
  drawnOf(checked.train, checked, 'fineTune') // or an error
  // Not by default either: workers compute whole steps, and a teacher needs the images.
  const features = (checked.cluster || checked.distill) && { cacheFeatures: false }
  return { ...checked, ...features, autoOrient: checked.autoOrient ?? preprocessing.autoOrient ?? true }
}
