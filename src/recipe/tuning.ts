import type { ImageDataset } from '../data/dataset/dataset.js'
import { fineTune } from '../finetune/fineTune.js'
import { trainingViews } from '../finetune/options/defaultTransforms.js'
import { type CheckedOptions, checkFineTuneOptions, type FineTuneOptions } from '../finetune/options/options.js'
import { batchNormParameters } from '../model/freeze.js'
import { Model } from '../model/Model.js'
import { paramGroups } from '../model/paramGroups.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { adamW } from '../optim/adam.js'
import { cosineSchedule, linearWarmupSchedule } from '../optim/schedules.js'
import type { LinearProbe } from '../probe/LinearProbe.js'
import { type CheckedAutomatic, runOptions } from './options.js'

/** AdamW's learning rate and weight decay for pretrained layers behind a head that fits them already. */
const [RATE, DECAY] = [1e-4, 0.01]
/** The share of the steps in which the rate rises. */
const WARMUP = 0.1
/** The least share of an image that a training view shows: the lesson's 0.08 takes longer than few epochs to pay. */
const LEAST_AREA = 0.35

/** The form of a training: its epochs, fewer if they take longer than `seconds`, and the side of its images in pixels. */
export interface TuningForm {
  /** The name of its checkpoints. */
  readonly name: string
  readonly epochs: number
  readonly seconds: number | undefined
  readonly imageSize: number
}

export type Weights = ReadonlyMap<string, Tensor<'float32'>>

/** Returns a model with the same tensors, whose changes do not reach the first one. */
export function copyOf(model: Model, preprocessing = model.preprocessing): Model {
  const { architecture, parameters, buffers, head, classes, task, warnings, kept, adapters } = model
  const copy = new Model({
    ...{ architecture, graph: model.graph.clone(), parameters, buffers, head, classes, task },
    ...{ preprocessing, warnings, kept, adapters },
  })
  for (const name of model.frozen) copy.frozen.add(name)
  return copy
}

export const weightsOf = (model: Model): Weights =>
  new Map([...model.parameters, ...model.buffers].map((name) => [name, model.get(name)]))

export function setWeights(model: Model, weights: Weights): void {
  for (const [name, tensor] of weights) model.set(name, tensor)
}

/** Sets the head of a model to a probe on its features. */
export function setHead(model: Model, probe: LinearProbe): void {
  const { weight, bias } = probe.layer()
  model.set(model.head.weight, float32(weight, [...model.get(model.head.weight).dims]))
  model.set(model.head.bias, float32(bias, [...model.get(model.head.bias).dims]))
}

/**
 * Returns the weights on the line between two, `share` of the way (Wortsman et al. 2021, "Robust fine-tuning of
 * zero-shot models", arXiv 2109.01903).
 */
export function between(start: Weights, end: Weights, share: number): Weights {
  const mixed = (name: string, { data, dims }: Tensor<'float32'>) => {
    const from = start.get(name)!.data
    if (from === data || share === 1) return end.get(name)!
    return float32(
      data.map((value, i) => from[i]! + share * (value - from[i]!)),
      [...dims],
    )
  }
  return new Map([...end].map(([name, tensor]) => [name, mixed(name, tensor)]))
}

/**
 * Returns the run that trains all layers of a model whose head fits its features already (Kumar et al. 2022,
 * "Fine-tuning can distort pretrained features", arXiv 2202.10054). Batch norm keeps the statistics that the head was
 * fitted with.
 */
export function tuningRun(
  model: Model,
  train: ImageDataset,
  { epochs, seconds }: Pick<TuningForm, 'epochs' | 'seconds'>,
  options: CheckedAutomatic,
  checkpoints: Pick<FineTuneOptions, 'checkpoint' | 'resume'> = {},
) {
  for (const name of batchNormParameters(model)) model.frozen.add(name)
  return fineTune(model, { ...tuningOptions(model, train, epochs, options), ...checkpoints, budget: seconds })
}

/** Returns the options of a training of all layers with their defaults, for its record and its identity. */
export function checkedTuning(model: Model, options: CheckedAutomatic): CheckedOptions {
  const { train, validation, epochs } = options
  return checkFineTuneOptions({ ...tuningOptions(model, train, epochs || 1, options), validation }, model)
}

export function tuningOptions(
  model: Model,
  train: ImageDataset,
  epochs: number,
  options: CheckedAutomatic,
): FineTuneOptions {
  const { trainTransform = trainingViews(model.preprocessing, [LEAST_AREA, 1]), ...rest } = runOptions(options)
  return {
    ...rest,
    train,
    trainTransform,
    epochs,
    cacheFeatures: false,
    optimizer: adamW(paramGroups(model, { lr: RATE, weightDecay: DECAY })),
    schedule: ({ steps }) => {
      const rise = Math.max(1, Math.round(WARMUP * steps))
      const fall = cosineSchedule({ steps: Math.max(1, steps - rise) })
      return linearWarmupSchedule({ steps: rise, startFactor: 0.1 }, fall)
    },
    onDiverged: { factor: 0.5, times: 3 },
  }
}
