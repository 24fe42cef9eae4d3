import { headTensors } from '../backbones/headLayers.js'
import { memoryOf } from '../finetune/memory/estimateMemory.js'
import { datasetSummary } from '../finetune/record/summaries.js'
import type { Model } from '../model/Model.js'
import { atImageSize } from './atImageSize.js'
import { type CheckedAutomatic, outputOptions } from './options.js'
import { planTuning, type TrainingSize } from './planTuning.js'
import type { RecipePlan } from './RecipeReport.js'
import { measureSpeed, trainingSpeed } from './speed.js'
import { tuningOptions } from './tuning.js'

/**
 * The side of smaller training images, as a share of the usual one, and the least in pixels. A network that is trained on
 * random parts of images sees objects larger there than in test views, so it loses little by them, and takes half of the
 * time (Touvron et al. 2019, "Fixing the train-test resolution discrepancy", arXiv 1906.06423).
 */
const [SMALLER, LEAST] = [5 / 7, 96]

/** The time to decode an image and compare it with others, in that of a forward pass. */
const DECODING = 0.5

/** Plans a run, by the measured speed of this machine. */
export async function planRecipe(model: Model, options: CheckedAutomatic): Promise<RecipePlan> {
  const { train, budget, batchSize, workers, prefetch, cacheBytes } = options
  const { samples: images, perClass } = datasetSummary(train)
  const evaluation = await measureSpeed(model, train, outputOptions(options))
  const validated = options.validation?.samples.length ?? 0
  const featureSeconds = (2 * images + validated + DECODING * (images + validated)) / evaluation
  const isHeadAlone = options.epochs === 0 || model.trainable.every((name) => isOfHead(model, name))
  const epochs = isHeadAlone ? 0 : options.epochs
  const sizes = trainingSizes(model, options, evaluation)
  const situation = { images, fewest: Math.min(...perClass), evaluation, sizes, seconds: budget - featureSeconds }
  const { imagesPerSecond: training, ...tuning } = planTuning({ ...situation, epochs })
  const { optimizer } = tuningOptions(model, train, 1, options)
  const memoryOptions = { optimizer, batchSize, accumulate: 1, workers, prefetch, cacheBytes }
  const { total } = await memoryOf(atImageSize(model, tuning.imageSize) ?? model, memoryOptions)
  const sums = { seconds: featureSeconds + tuning.seconds, memory: total }
  return { images, perClass, imagesPerSecond: { evaluation, training }, ...tuning, isHeadAlone, budget, ...sums }
}

const isOfHead = ({ head }: Model, name: string): boolean => headTensors(head).includes(name)

/** Returns the sizes that all layers can be trained at: that of test views, and a smaller one if the network has any. */
function trainingSizes(model: Model, { trainTransform }: CheckedAutomatic, evaluation: number): TrainingSize[] {
  const { crop } = model.preprocessing
  const smaller = 32 * Math.round((SMALLER * crop) / 32)
  const isPossible = smaller >= LEAST && smaller < crop && !trainTransform && atImageSize(model, smaller) !== undefined
  return [crop, ...(isPossible ? [smaller] : [])].map((imageSize) => ({
    imageSize,
    imagesPerSecond: trainingSpeed(evaluation, (imageSize / crop) ** 2),
  }))
}
