import type { Backbone, ImageDataset, Prediction } from 'onnx-finetune'
import { prepareRun } from '../engine/recipe.js'

export interface WrongLabelOptions {
  readonly signal: AbortSignal
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress: (share: number) => void
}

const FOLDS = 3
const EPOCHS = 15
/** The highest probability of a label that is suspected: a network in doubt contradicts nothing. */
const SUSPICIOUS = 0.35

/**
 * Predicts every image by a head that was trained without it. Those whose label is improbable come first.
 */
export async function likelyWrongLabels(
  backbone: Backbone,
  dataset: ImageDataset,
  { signal, onProgress }: WrongLabelOptions,
): Promise<Prediction[]> {
  const predictions: Prediction[] = []
  for (let fold = 0; fold < FOLDS; fold++) {
    const isHeldOut = (index: number) => index % FOLDS === fold
    const indices = [...dataset.samples.keys()]
    const held = indices.filter(isHeldOut)
    const others = indices.filter((index) => !isHeldOut(index))
    const [train, validation] = [others, held].map((chosen) => subset(dataset, chosen)) as [ImageDataset, ImageDataset]
    const { run } = prepareRun(backbone, { mode: 'head', epochs: EPOCHS, batchSize: 32, train, validation, signal })
    let last: Prediction[] = []
    for await (const event of run) {
      if (event.type === 'validationStep' && event.epoch === EPOCHS)
        last = [...last, ...event.predictions.map((prediction) => ({ ...prediction, index: held[prediction.index]! }))]
      if (event.type === 'epoch') onProgress((fold + event.epoch / EPOCHS) / FOLDS)
    }
    predictions.push(...last)
  }
  return predictions
    .filter(({ label, predicted, labelScore }) => label !== predicted && labelScore < SUSPICIOUS)
    .sort((a, b) => a.labelScore - b.labelScore)
}

const subset = (dataset: ImageDataset, chosen: readonly number[]): ImageDataset => ({
  classes: dataset.classes,
  samples: chosen.map((index) => dataset.samples[index]!),
  read: (index) => dataset.read!(chosen[index]!),
})
