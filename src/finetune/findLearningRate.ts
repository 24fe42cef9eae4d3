import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { isFineTuneError } from '../errors.js'
import { type Model, modelKind } from '../model/Model.js'
import { checkOptions, functionSchema } from '../options.js'
import { fineTune } from './fineTune.js'
import type { FineTuneOptions } from './options/options.js'
import { optimizerSchema } from './options/schemas.js'
import { type LearningRateCurve, smoothed, suggestionsOf } from './record/learningRateCurve.js'

/** The options of `fineTune` that have no meaning for a few steps of growing rates. */
const LEFT_OUT = [
  'validation',
  'epochs',
  'budget',
  'schedule',
  'accumulate',
  'ema',
  'onDiverged',
  'keep',
  'metric',
  'patience',
  'validationTransform',
  'replicas',
  'cluster',
  'shards',
  'localSteps',
  'sharedDirectory',
  'transport',
  'checkpoint',
  'resume',
  'overfitBatches',
  'fastDevRun',
  'swa',
  'batchNorm',
] as const

/** The options of `fineTune` that apply to its steps, and the range of rates. */
export interface FindLearningRateOptions extends Omit<FineTuneOptions, (typeof LEFT_OUT)[number]> {
  /** The rate of the first step, above 0. @default 1e-7 */
  readonly startRate?: number | undefined
  /** The rate of the last step. @default 10 */
  readonly endRate?: number | undefined
  /** The number of steps. @default 100 */
  readonly steps?: number | undefined
  /** Called after every step. Default: not called. */
  readonly onStep?: ((step: LearningRateStep) => void) | undefined
}

/** A step of a search. */
export interface LearningRateStep {
  /** The step, from 1, and the most that there can be. */
  readonly step: number
  readonly steps: number
  readonly rate: number
  readonly loss: number
}

const positive = z.number().positive()
const leftOut = z.undefined('left out: a search has no such option').optional()
const schema = z
  .looseObject({
    ...Object.fromEntries(LEFT_OUT.map((name) => [name, leftOut])),
    startRate: positive.default(1e-7),
    endRate: positive.default(10),
    steps: z.int().min(2).default(100),
    onStep: functionSchema<(step: LearningRateStep) => void>().optional(),
    batchSize: z.int().min(1).default(32),
    optimizer: optimizerSchema.refine(({ groups }) => groups.some(({ lr }) => lr > 0), 'one with a rate above 0'),
    train: z.looseObject({ samples: z.array(z.unknown()).min(1) }),
  })
  .refine(({ startRate, endRate }) => startRate < endRate, { path: ['endRate'], error: 'above startRate' })

/** The ratio of the loss to the lowest one at which the search ends. */
const EXPLODED = 4

/**
 * Searches for a learning rate (Smith, arXiv 1506.01186), as fastai: trains for some steps while the rate grows
 * exponentially, until the loss explodes, and restores the model. If groups have different rates, the rates are those of
 * the largest, and the others keep their ratio to it.
 *
 * @throws FineTuneError those of `fineTune`
 * @example
 * ```ts given=train,model
 * import { adamW, findLearningRate, paramGroups } from 'onnx-finetune'
 *
 * const optimizer = adamW(paramGroups(model, { lr: 1 }))
 * const { valley } = await findLearningRate(model, { train, optimizer, batchSize: 4, steps: 20 })
 * ```
 */
export async function findLearningRate(model: Model, options: FindLearningRateOptions): Promise<LearningRateCurve> {
  checkArgument('findLearningRate: model', model, modelKind)
  const { startRate, endRate, steps, onStep, batchSize } = checkOptions(schema, options, 'findLearningRate')
  const { startRate: _, endRate: __, steps: ___, onStep: ____, ...rest } = options
  const largest = Math.max(...options.optimizer.groups.map(({ lr }) => lr))
  const rateAt = (step: number) => startRate * (endRate / startRate) ** (step / (steps - 1))
  const epochs = Math.ceil(steps / Math.ceil(options.train.samples.length / batchSize))
  const restore = keepOf(model)
  const losses: number[] = []
  try {
    const run = fineTune(model, { ...rest, epochs, schedule: () => (step) => rateAt(step) / largest })
    for await (const event of run) {
      if (event.type !== 'step') continue
      losses.push(event.loss)
      onStep?.({ step: losses.length, steps, rate: rateAt(losses.length - 1), loss: event.loss })
      if (losses.length === steps || hasExploded(losses)) break
    }
  } catch (error) {
    if (!isFineTuneError(error, 'train/diverged')) throw error
  } finally {
    restore()
  }
  const rates = losses.map((_, step) => rateAt(step))
  const means = smoothed(losses)
  return { rates, losses, smoothed: means, ...suggestionsOf(rates, means, steps) }
}

function hasExploded(losses: readonly number[]): boolean {
  const means = smoothed(losses)
  return means.at(-1)! > EXPLODED * Math.min(...means)
}

/** Returns the function that restores what training changes in a model. */
function keepOf(model: Model): () => void {
  const { preprocessing } = model
  const tensors = [...model.parameters, ...model.buffers].map((name) => [name, model.get(name)] as const)
  return () => {
    for (const [name, tensor] of tensors) model.set(name, tensor)
    model.preprocessing = preprocessing
  }
}
