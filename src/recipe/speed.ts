import type { ImageDataset } from '../data/dataset/dataset.js'
import { subset } from '../data/dataset/subset.js'
import { spreadIndices } from '../data/samples/indices.js'
import { type CheckedOutputOptions, openOutputs } from '../finetune/features/computeOutputs.js'
import type { Model } from '../model/Model.js'

/** The numbers of batches that warm up, and of those that are timed, and the images in each. */
const [WARMING, TIMED, BATCH] = [3, 6, 8]
/** The time of a training step, in that of a forward pass: ResNets on a processor, with batch norm as it is. */
const STEP_PER_FORWARD = 3.6

/** Measures how many images the network takes per second without training. */
export async function measureSpeed(
  model: Model,
  dataset: ImageDataset,
  options: CheckedOutputOptions,
): Promise<number> {
  const times = [{ done: 0, time: performance.now() }]
  const onProgress = ({ done }: { readonly done: number }) => times.push({ done, time: performance.now() })
  const opened = openOutputs(model, [model.graph.outputs[0]!.name], options)
  try {
    const some = subset(dataset, spreadIndices(dataset.samples.length, BATCH * (WARMING + TIMED)))
    await opened.compute(some, { ...options, batchSize: BATCH, onError: 'skip', onProgress })
  } finally {
    await opened.release()
  }
  // A data set of few images is timed with the start of the workers: a plan for it fits in any case.
  const first = times[WARMING < times.length - 1 ? WARMING : 0]!
  const last = times.at(-1)!
  return (1000 * (last.done - first.done)) / (last.time - first.time)
}

/**
 * Estimates the images per second in training, from those without it. An image of half the area takes 0.55 of the time.
 *
 * @param area the area of a training image, as a share of that of a test view
 */
export const trainingSpeed = (evaluation: number, area: number): number => evaluation / STEP_PER_FORWARD / area ** 0.9
