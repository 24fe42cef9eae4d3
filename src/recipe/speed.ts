import type { ImageDataset } from '../data/dataset/dataset.js'
import { subset } from '../data/dataset/subset.js'
import { type CheckedOutputOptions, openOutputs } from '../finetune/features/computeOutputs.js'
import type { Model } from '../model/Model.js'
import type { RecipePlan } from './RecipeReport.js'

/** The number of images that warm up, and of those that are timed. */
const [WARMING, TIMED] = [8, 24]
/** The time of a training step, in that of a forward pass: ResNets on a processor, with batch norm as it is. */
const STEP_PER_FORWARD = 3.6

/** Measures how many images the network takes per second, and estimates that in training. */
export async function measureSpeed(
  model: Model,
  dataset: ImageDataset,
  options: CheckedOutputOptions,
): Promise<RecipePlan['imagesPerSecond']> {
  const spread = (count: number) =>
    Array.from({ length: Math.min(count, dataset.samples.length) }, (_, i) =>
      Math.floor((i * dataset.samples.length) / Math.min(count, dataset.samples.length)),
    )
  const opened = openOutputs(model, [model.graph.outputs[0]!.name], options)
  try {
    const batched = { ...options, batchSize: WARMING, onError: 'skip' as const, onProgress: undefined }
    await opened.compute(subset(dataset, spread(WARMING)), batched)
    const images = spread(TIMED)
    const since = performance.now()
    await opened.compute(subset(dataset, images), batched)
    const evaluation = (1000 * images.length) / (performance.now() - since)
    return { evaluation, training: evaluation / STEP_PER_FORWARD }
  } finally {
    await opened.release()
  }
}
