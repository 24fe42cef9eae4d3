import {
  type Backbone,
  centerCrop,
  compose,
  cosineSchedule,
  type DownloadEvent,
  type FineTuneRun,
  fineTune,
  freeze,
  loadBackbone,
  type Model,
  normalize,
  paramGroups,
  type RunLength,
  randomHorizontalFlip,
  randomResizedCrop,
  replaceHead,
  resize,
  sgd,
  toTensor,
} from 'onnx-finetune'
import { backboneFile, backboneSizes } from './backbone/backbone.js'
import type { Images } from './images.js'
import type { Options, Start } from './options.js'

/** ImageNet's class 934 is "hotdog, hot dog, red hot". */
const HOTDOG_ROW = { hotdog: 934 }

/** Makes a network with the initial weights `start` and a new head, and its training run. */
export async function prepare(
  start: Start,
  options: Options,
  { train, test }: Images,
  onProgress: (event: DownloadEvent) => void = () => {},
): Promise<{ model: Model; run: FineTuneRun }> {
  const pretrained = start === 'pretrained'
  const { seed } = options
  const backbone = await openBackbone(start, options, onProgress)
  const from = pretrained && options.reuseRow ? HOTDOG_ROW : {}
  const model = replaceHead(backbone, { classes: train.classes, from, seed })
  if (pretrained && options.freeze !== undefined) freeze(model, { upTo: options.freeze })

  const lr = options.lr[start]
  const headLrMultiplier = pretrained ? options.headLr / lr : 1
  const groups = paramGroups(model, { lr, headLrMultiplier, weightDecay: options.weightDecay })
  const run = fineTune(model, {
    train,
    validation: test,
    epochs: options.epochs,
    batchSize: options.batch,
    seed,
    threads: options.threads,
    lossReduction: 'sum',
    optimizer: sgd(groups),
    ...(options.source === 'drawn' ? drawnRecipe(model) : lessonRecipe(model)),
  })
  return { model, run }
}

function openBackbone(
  start: Start,
  { source, weights, seed }: Options,
  onProgress: (event: DownloadEvent) => void,
): Promise<Backbone> {
  const sizes = source === 'drawn' ? backboneSizes : {}
  if (start === 'scratch') return loadBackbone('resnet18', { ...sizes, weights: 'none', seed })
  const pretrained = source === 'drawn' ? backboneFile : (weights ?? 'IMAGENET1K_V1')
  return loadBackbone('resnet18', { ...sizes, weights: pretrained, seed, onProgress })
}

/** Returns the lesson's transforms: the usual crops for training, the middle of a square for testing. */
function lessonRecipe({ preprocessing }: Model) {
  const { crop, mean, std } = preprocessing
  return { validationTransform: compose([resize([256, 256]), centerCrop(crop), toTensor(), normalize(mean, std)]) }
}

/**
 * Returns the transforms and rates for drawn foods, which fill their images: large crops, and a falling rate for few
 * steps.
 */
function drawnRecipe({ preprocessing }: Model) {
  const { crop, mean, std } = preprocessing
  const end = [toTensor(), normalize(mean, std)] as const
  return {
    trainTransform: compose([randomResizedCrop(crop, { scale: [0.6, 1] }), randomHorizontalFlip(), ...end]),
    validationTransform: compose([resize([crop, crop]), ...end]),
    schedule: ({ steps }: RunLength) => cosineSchedule({ steps }),
  }
}
