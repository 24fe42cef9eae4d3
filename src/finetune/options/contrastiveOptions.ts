import type * as z from 'zod'
import type { Loss } from '../../autodiff/loss.js'
import { embeddingIn, headTensors } from '../../backbones/headLayers.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { countPerClass } from '../../data/dataset/sampleTargets.js'
import type { Sampling } from '../../data/loader/sampling.js'
import { baseError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import type { CheckedLossOptions } from './lossOptions.js'
import { type Refusal, refuseFirst } from './refuseFirst.js'

/** The measures of the best epoch. */
export const METRICS = ['accuracy', 'recall', 'loss'] as const
export type Metric = (typeof METRICS)[number]

/** Tells whether a loss compares the embeddings of images. */
export const comparesImages = <L extends { readonly type: string }>(
  loss: L | undefined,
): loss is Extract<L, { readonly type: 'supervisedContrastive' | 'triplet' }> =>
  loss?.type === 'supervisedContrastive' || loss?.type === 'triplet'

/** Returns the options of a run that depend on whether its loss compares images, where they are left out. */
export const usualOf = <S extends Sampling>(run: SampledRun & Chosen<S>) => ({
  sampling: run.sampling ?? usualSampling(run),
  metric: run.metric ?? (comparesImages(run.loss) ? ('recall' as const) : ('accuracy' as const)),
})

interface Chosen<S> {
  readonly sampling?: S | undefined
  readonly metric?: Metric | undefined
}

/**
 * Returns the sampling of a run that names none. A loss that compares images needs several of a class in a batch: the
 * fewest, from two up, with which there are classes enough for it.
 */
function usualSampling({ loss, train, batchSize }: SampledRun): { perClass: number } | undefined {
  if (!comparesImages(loss)) return undefined
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
 * Returns the loss with the value that it compares, if it compares any: the embedding.
 *
 * @throws FineTuneError 'options/invalid' where nothing trains that it depends on, and where the head has no plain layers
 */
export function withFeatures(model: Model, loss: Loss): Loss {
  if (!comparesImages(loss)) return loss
  const { head } = model
  const after = head.embedding ? [head.weight, head.bias] : headTensors(head)
  if (model.trainable.every((name) => after.includes(name)))
    throw wrong(
      loss.type,
      'another loss, where only what comes after the embedding trains; it is what a head without an embedding reads',
    )
  const features = embeddingIn(model.graph, head)
  if (features === undefined)
    throw wrong(
      loss.type,
      'another loss, where the head is not a single layer on the features, such as with adapters in it',
    )
  return { ...loss, features }
}

const wrong = (received: string, expected: string) =>
  baseError('options/invalid', { option: 'fineTune: loss.type', received, expected })

interface ContrastiveRun {
  readonly loss?: CheckedLossOptions | undefined
  readonly mixup?: object | undefined
  readonly cutmix?: object | undefined
  readonly distill?: object | undefined
  readonly cluster?: unknown
  readonly replicas: number
  readonly metric?: Metric | undefined
}

const BATCH = 'the loss compares the images of a whole batch'
const refusals: readonly Refusal<ContrastiveRun>[] = [
  ['mixup', ({ mixup }) => mixup !== undefined, 'left out: the loss compares images of one class each'],
  ['cutmix', ({ cutmix }) => cutmix !== undefined, 'left out: the loss compares images of one class each'],
  ['distill', ({ distill }) => distill !== undefined, 'left out, or another loss: a teacher goes with cross-entropy'],
  ['cluster', ({ cluster }) => cluster !== undefined, `left out: ${BATCH}`],
  ['replicas', ({ replicas }) => replicas > 1, `1: ${BATCH}`],
]

const withoutComparison: readonly Refusal<ContrastiveRun>[] = [
  [
    'metric',
    ({ metric }) => metric === 'recall',
    "another, or with a loss that compares images: 'supervisedContrastive' or 'triplet'",
  ],
]

/** Adds the first reason why a run cannot have a loss that compares images, or the metric of one. */
export const refuseContrastiveOptions = (run: ContrastiveRun, context: z.core.$RefinementCtx): void =>
  refuseFirst(comparesImages(run.loss) ? refusals : withoutComparison, run, context)
