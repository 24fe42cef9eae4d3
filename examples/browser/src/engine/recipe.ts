import {
  adamW,
  type Backbone,
  centerCrop,
  compose,
  cosineSchedule,
  type FineTuneRun,
  fineTune,
  freeze,
  type ImageDataset,
  type Model,
  normalize,
  paramGroups,
  randomHorizontalFlip,
  randomResizedCrop,
  replaceHead,
  resize,
  toTensor,
} from 'onnx-finetune'
import type { Mode } from '../state/types.js'

export interface Plan {
  readonly mode: Mode
  readonly epochs: number
  readonly batchSize: number
  readonly train: ImageDataset
  readonly validation?: ImageDataset
  readonly signal: AbortSignal
}

/** All parameters but those of the head. */
const BACKBONE = /^(?!fc\.)/

/**
 * Prepares a run. The head alone sees each image as it is, so that the frozen layers compute it once; a whole network
 * sees other crops in every epoch.
 */
export function prepareRun(backbone: Backbone, plan: Plan): { model: Model; run: FineTuneRun } {
  const { mode, epochs, batchSize, train, validation, signal } = plan
  const model = replaceHead(backbone, { classes: train.classes })
  if (mode === 'head') freeze(model, BACKBONE)
  const plain = plainView(model)
  const run = fineTune(model, {
    train,
    ...(validation && { validation, keep: 'best', metric: 'loss' }),
    epochs,
    batchSize,
    signal,
    onError: 'skip',
    optimizer: adamW(paramGroups(model, mode === 'head' ? { lr: 3e-3 } : { lr: 3e-4, headLrMultiplier: 10 })),
    schedule: ({ steps }) => cosineSchedule({ steps }),
    validationTransform: plain,
    ...(mode === 'head' ? { trainTransform: plain, cacheFeatures: true } : { trainTransform: variedView(model) }),
  })
  return { model, run }
}

function plainView({ preprocessing: { crop, mean, std } }: Model) {
  return compose([resize(crop), centerCrop(crop), toTensor(), normalize(mean, std)])
}

function variedView({ preprocessing: { crop, mean, std } }: Model) {
  const view = randomResizedCrop(crop, { scale: [0.6, 1] })
  return compose([view, randomHorizontalFlip(), toTensor(), normalize(mean, std)])
}
