import * as z from 'zod'
import { checkArgument } from '../../arguments.js'
import type { Cluster } from '../../cluster/Cluster.js'
import { type ClusterOption, clusterSchema, withCluster } from '../../cluster/withCluster.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { type Decoder, decoderSchema } from '../../data/decode/decodeImage.js'
import { baseError } from '../../errors.js'
import { decoderOf } from '../../finetune/features/FeatureFiles.js'
import { splitAtTrainable } from '../../finetune/features/splitAtTrainable.js'
import { viewsFor } from '../../finetune/options/defaultTransforms.js'
import { imagesSchema } from '../../finetune/options/schemas.js'
import { type Model, modelKind } from '../../model/Model.js'
import { checkOptions, functionSchema } from '../../options.js'
import { type AnyTransform, isTransform, transformKind } from '../../transforms/transform.js'
import { readListFacts } from '../shards/imageList.node.js'
import { missingShards } from '../shards/missingShards.node.js'
import { ShardCounter, type ShardProgress } from '../shards/ShardCounter.js'
import type { FeatureView } from './FeatureView.js'
import type { FeaturesInput, FeaturesOutput } from './featuresJob.node.js'
import { mergeShards } from './mergeShards.node.js'
import { prepareShards } from './prepareShards.node.js'

/** The data sets, and the options of `fineTune` that features depend on: give both functions the same. */
export interface ComputeFeaturesOptions {
  /** The images for training: files or URLs, which all workers can read. */
  readonly train: ImageDataset
  readonly validation?: ImageDataset | undefined
  /** From an image to the network's input. Default: that of `fineTune`. */
  readonly trainTransform?: AnyTransform | undefined
  /** From a validation image to the network's input. Default: that of `fineTune`. */
  readonly validationTransform?: AnyTransform | undefined
  /** The directory for the features, that of `cacheFeatures`. All workers write into it. */
  readonly directory: string
  /** The number of views of each training image. @default 1 */
  readonly views?: number | undefined
  /** The seed of the views. @default 0 */
  readonly seed?: number | undefined
  /** The library that decodes images: `'auto'` is sharp if it is installed here, else jimp. @default 'auto' */
  readonly decoder?: Decoder | undefined
  /** True if images are rotated or mirrored according to their EXIF orientation. Default: as the model states, else true. */
  readonly autoOrient?: boolean | undefined
  /** The number of images in a batch. @default 32 */
  readonly batchSize?: number | undefined
  /** The number of shards of a view, each a job. Default: one for 1000 images. */
  readonly shards?: number | undefined
  /** The processes that carry out the jobs. @default 'local' */
  readonly cluster?: ClusterOption | undefined
  /** The attempts at a shard. @default 5 */
  readonly attempts?: number | undefined
  /** Called for each view at its beginning, and whenever a shard has ended. */
  readonly onProgress?: ((progress: ShardProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The result of features by shards. */
export interface ComputedFeatures {
  /** The images, each counted once for each of its views. */
  readonly images: number
}

const transform = z.custom<AnyTransform>(isTransform, transformKind.expected)
const schema = z.strictObject({
  train: imagesSchema,
  validation: imagesSchema.optional(),
  trainTransform: transform.optional(),
  validationTransform: transform.optional(),
  directory: z.string().min(1),
  views: z.int().min(1).default(1),
  seed: z.int().default(0),
  decoder: decoderSchema,
  autoOrient: z.boolean().optional(),
  batchSize: z.int().min(1).default(32),
  shards: z.int().min(1).optional(),
  cluster: clusterSchema.default('local'),
  attempts: z.int().min(1).optional(),
  onProgress: functionSchema<(progress: ShardProgress) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})
type Checked = z.output<typeof schema>

/**
 * Computes the features of the frozen layers of a model by a cluster, into the files that
 * `fineTune(model, { cacheFeatures: { views, directory } })` reads: training then costs little more than a head's. Shards
 * that an ended call has done are kept, and used by the next. Features are written once all of a view are there.
 *
 *     freeze(model, { upTo: 'layer4' })
 *     await computeFeatures(model, { train, validation, directory: '/data/features', cluster })
 *     await fineTune(model, { train, validation, optimizer, cacheFeatures: { directory: '/data/features' } })
 *
 * @throws FineTuneError 'options/invalid' for images that are not files, transforms that are not built in, or a model
 *   without frozen layers at its front; the error of a shard that failed at every attempt, 'train/features-not-kept',
 *   'file/cannot-write', those of the cluster, the signal's reason
 */
export async function computeFeatures(model: Model, options: ComputeFeaturesOptions): Promise<ComputedFeatures> {
  checkArgument('computeFeatures: model', model, modelKind)
  const checked = checkOptions(schema, options, 'computeFeatures')
  for (const name of ['train', 'validation'] as const) demandFiles(name, checked[name])
  const split = splitAtTrainable(model)
  if (!split)
    throw baseError('options/invalid', {
      option: 'computeFeatures: model',
      received: model.architecture,
      expected: "a model with frozen layers at its front: freeze(model, { upTo: 'layer4' })",
    })
  return withCluster(checked.cluster, async (cluster) => {
    let images = 0
    const decoder = (await decoderOf(checked.decoder)) as Decoder
    for (const view of viewsOf(model, { ...checked, split, decoder })) {
      await computeView(view, checked, cluster)
      images += view.dataset.samples.length
    }
    return { images }
  })
}

/** Demands images that other processes can read. */
function demandFiles(name: string, dataset: Partial<ImageDataset> | undefined): void {
  const own = (['read', 'image'] as const).find((method) => dataset?.[method])
  if (own)
    throw baseError('options/invalid', {
      option: `computeFeatures: ${name}`,
      received: `a data set with ${own}()`,
      expected: 'a data set whose samples are files or URLs',
    })
}

type Resolved = Checked & Pick<FeatureView, 'split' | 'decoder'>

function viewsOf(model: Model, { split, decoder, ...options }: Resolved): FeatureView[] {
  const transforms = viewsFor(model, options)
  const autoOrient = options.autoOrient ?? model.preprocessing.autoOrient ?? true
  const common = { split, decoder, autoOrient, seed: options.seed }
  const { train, validation, views } = options
  return [
    ...Array.from({ length: views }, (_, view) => ({ ...common, view, dataset: train, transform: transforms.train })),
    ...(validation ? [{ ...common, view: 0, dataset: validation, transform: transforms.validation }] : []),
  ]
}

async function computeView(view: FeatureView, options: Checked, cluster: Cluster): Promise<void> {
  const { directory, attempts, signal, onProgress } = options
  const { files, input } = await prepareShards(view, options)
  const { lines } = await readListFacts(input.list)
  const counter = new ShardCounter(files.shards, lines)
  const report = () => onProgress?.(counter.progress)
  const numbers = new Map<string, number>()
  async function* inputs(): AsyncGenerator<FeaturesInput, void> {
    for await (const { shard, range, file } of missingShards(input.list, files, counter)) {
      numbers.set(file, shard)
      yield { ...input, range, file }
    }
  }
  report()
  const results = cluster.map<FeaturesInput, FeaturesOutput>('features', inputs(), { attempts, signal })
  for await (const {
    input: { file },
    output,
    error,
  } of results) {
    // Features of some of the images are of no use; what is done is kept for the next call.
    if (error) {
      await files.keepFailed([{ shard: numbers.get(file)!, file, error }])
      throw error
    }
    counter.count(output.images)
    report()
  }
  await mergeShards(view, files, directory)
}
