import type * as z from 'zod'
import type { Loss } from '../../autodiff/loss.js'
import { headTensors } from '../../backbones/headLayers.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { countPerClass } from '../../data/dataset/sampleTargets.js'
import { baseError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import { indexGraph } from '../../onnx/graph/graph.js'
import { isDropout } from '../../onnx/transform/removeDropout.js'
import type { CheckedLossOptions } from './lossOptions.js'
import { type Refusal, refuseFirst } from './refuseFirst.js'

/**
 * Returns the sampling of a run that names none. A loss that compares images needs several of a class in a batch: the
 * fewest, from two up, with which there are classes enough for it.
 */
export function usualSampling({ loss, train, batchSize }: SampledRun): { perClass: number } | undefined {
  if (loss?.type !== 'supervisedContrastive') return undefined
  const present = countPerClass(train).filter((count) => count > 0).length
  for (let perClass = 2; perClass < batchSize; perClass++)
    if (batchSize % perClass === 0 && batchSize / perClass <= present) return { perClass }
  return { perClass: Math.max(2, batchSize) }
}

interface SampledRun {
  readonly loss?: CheckedLossOptions | undefined
  readonly train: ImageDataset
  readonly batchSize: number
}

/**
 * Returns the loss with the value that it compares, if it compares any: what the first layer of the head reads.
 *
 * @throws FineTuneError 'options/invalid' where only the head trains, and where the head is no plain layer
 */
export function withFeatures(model: Model, loss: Loss): Loss {
  if (loss.type !== 'supervisedContrastive') return loss
  const head = headTensors(model.head)
  if (model.trainable.every((name) => head.includes(name)))
    throw wrong('another loss, where only the head trains: embeddings are what stands before it')
  const layer = model.graph.nodes.find(({ inputs }) => inputs[1] === head[0])
  if (!layer)
    throw wrong('another loss, where the head is not a single layer on the features, such as with adapters in it')
  const read = layer.inputs[0]!
  const before = indexGraph(model.graph).producer.get(read)
  return { ...loss, features: before && isDropout(before) ? before.inputs[0]! : read }
}

const wrong = (expected: string) =>
  baseError('options/invalid', { option: 'fineTune: loss.type', received: 'supervisedContrastive', expected })

interface ContrastiveRun {
  readonly loss?: CheckedLossOptions | undefined
  readonly mixup?: object | undefined
  readonly cutmix?: object | undefined
  readonly distill?: object | undefined
  readonly cluster?: unknown
  readonly replicas: number
}

const BATCH = 'the loss compares the images of a whole batch'
const refusals: readonly Refusal<ContrastiveRun>[] = [
  ['mixup', ({ mixup }) => mixup !== undefined, 'left out: the loss compares images of one class each'],
  ['cutmix', ({ cutmix }) => cutmix !== undefined, 'left out: the loss compares images of one class each'],
  ['distill', ({ distill }) => distill !== undefined, 'left out, or another loss: a teacher goes with cross-entropy'],
  ['cluster', ({ cluster }) => cluster !== undefined, `left out: ${BATCH}`],
  ['replicas', ({ replicas }) => replicas > 1, `1: ${BATCH}`],
]

/** Adds the first reason why a run cannot have a loss that compares images. */
export function refuseContrastiveOptions(run: ContrastiveRun, context: z.core.$RefinementCtx): void {
  if (run.loss?.type === 'supervisedContrastive') refuseFirst(refusals, run, context)
}
