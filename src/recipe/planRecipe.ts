import { headTensors } from '../backbones/headLayers.js'
import { memoryOf } from '../finetune/memory/estimateMemory.js'
import { datasetSummary } from '../finetune/record/summaries.js'
import type { Model } from '../model/Model.js'
import { type CheckedAutomatic, outputOptions } from './options.js'
import { planTuning } from './planTuning.js'
import type { RecipePlan } from './RecipeReport.js'
import { measureSpeed } from './speed.js'
import { copyOf, tuningOptions } from './tuning.js'

/** Plans a run, by the measured speed of this machine. */
export async function planRecipe(model: Model, options: CheckedAutomatic): Promise<RecipePlan> {
  const { train, budget, epochs, batchSize, workers, prefetch, cacheBytes } = options
  const { samples: images, perClass } = datasetSummary(train)
  const imagesPerSecond = await measureSpeed(model, train, outputOptions(options))
  const featureSeconds = (2 * images + (options.validation?.samples.length ?? 0)) / imagesPerSecond.evaluation
  const isHeadAlone = epochs === 0 || model.trainable.every((name) => isOfHead(model, name))
  const seconds = budget - featureSeconds
  const situation = { images, fewest: Math.min(...perClass), imagesPerSecond, seconds }
  const tuning = planTuning({ ...situation, epochs: isHeadAlone ? 0 : epochs })
  const { optimizer } = tuningOptions(copyOf(model), train, 1, options)
  const { total } = await memoryOf(model, { optimizer, batchSize, accumulate: 1, workers, prefetch, cacheBytes })
  const sums = { seconds: featureSeconds + tuning.seconds, memory: total }
  return { images, perClass, imagesPerSecond, ...tuning, isHeadAlone, budget, ...sums }
}

const isOfHead = ({ head }: Model, name: string): boolean => headTensors(head).includes(name)
